# Portal, relay, and the platform's migration: market serve, market relay, market admin ...
#   docker build --file helm/images/portal.Dockerfile --build-arg BASE=python@sha256:... .
# BASE is Debian 12 with Python 3.11, by its digest: a tag can be pointed at other bytes.
ARG BASE

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY helm/images/portal.lock /build/
RUN /opt/venv/bin/pip install --require-hashes --requirement /build/portal.lock
COPY pyproject.toml README.md LICENSE /build/
COPY crypto /build/crypto
COPY dags /build/dags
COPY market /build/market
COPY spark_jobs /build/spark_jobs
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --target /opt/market /build

FROM ${BASE}
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/market /opt/market
ENV PATH=/opt/venv/bin:/opt/market/bin:$PATH PYTHONPATH=/opt/market PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
# Libraries look their user up; Java's login fails where there is none.
RUN groupadd --gid 10001 market \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin market
USER 10001:10001
WORKDIR /tmp
CMD ["market", "serve"]
