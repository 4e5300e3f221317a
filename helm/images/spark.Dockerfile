# Spark's drivers and executors on Kubernetes, which Spark itself starts by arguments.
#   docker build --file helm/images/spark.Dockerfile --build-arg BASE=python@sha256:... .
# BASE is Debian 12 with Python 3.11, by its digest: a tag can be pointed at other bytes.
ARG BASE

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY helm/images/spark.lock /build/
RUN /opt/venv/bin/pip install --require-hashes --requirement /build/spark.lock
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
  && apt-get install --yes --no-install-recommends default-jre-headless \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/market /opt/market
ENV PATH=/opt/venv/bin:/opt/market/bin:$PATH PYTHONPATH=/opt/market PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
RUN ln -s "$(/opt/venv/bin/python -c 'import importlib.util; print(importlib.util.find_spec("pyspark").submodule_search_locations[0])')" /opt/spark
ENV JAVA_HOME=/usr/lib/jvm/default-java SPARK_HOME=/opt/spark PYSPARK_PYTHON=/opt/venv/bin/python
COPY --chmod=0755 helm/images/spark-entrypoint.sh /usr/local/bin/spark-entrypoint
# Libraries look their user up; Java's login fails where there is none.
RUN groupadd --gid 10001 market \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin market
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["/usr/local/bin/spark-entrypoint"]
