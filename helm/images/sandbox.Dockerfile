# The one-shot sandbox: market sandbox --again. Beside the project's source it holds what serves one
# request and what confines a program.
#   docker build --file helm/images/sandbox.Dockerfile --build-arg BASE=python@sha256:... .
# BASE is Debian 12 with Python 3.11, by its digest: a tag can be pointed at other bytes.
ARG BASE

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY helm/images/sandbox.lock /build/
RUN /opt/venv/bin/pip install --require-hashes --requirement /build/sandbox.lock
COPY pyproject.toml README.md LICENSE /build/
COPY crypto /build/crypto
COPY dags /build/dags
COPY market /build/market
COPY spark_jobs /build/spark_jobs
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --target /opt/market /build

FROM ${BASE}
# The digest of BASE says which release of Debian these are of.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libfaketime libseccomp2 util-linux \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/market /opt/market
ENV PATH=/opt/venv/bin:/opt/market/bin:$PATH PYTHONPATH=/opt/market PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
# Libraries look their user up; Java's login fails where there is none.
RUN groupadd --gid 10001 market \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin market
USER 10001:10001
WORKDIR /tmp
CMD ["market", "sandbox", "--again"]
