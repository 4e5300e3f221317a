"""Where a process's metrics are served, and those that any process of the platform has."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from market import metrics
from market.database.engine import Database
from market.database.revision import NEWEST
from market.errors import Conflict, Refused
from market.metrics import Metric
from market.settings import Settings


class ProcessMeasures(Collector):
    """Connections, room on the disk, release: of the process itself."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each with its one value."""
        yield _gauge(metrics.DATABASE_CONNECTIONS, self._database.connections_in_use)
        yield _gauge(metrics.DISK_FREE, shutil.disk_usage(self._settings.home).free)
        version = importlib.metadata.version("ciphertext-market")
        yield _gauge(metrics.BUILD, 1, version, NEWEST["platform"])


class StoreMeasures:
    """market.adapters.stores.measured.CountsStore, for Prometheus."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(*_described(metrics.STORE_REQUESTS), registry=self.registry)
        self._bytes = Counter(*_described(metrics.STORE_BYTES), registry=self.registry)
        self._seconds = Histogram(
            *_described(metrics.STORE_SECONDS),
            registry=self.registry,
            buckets=metrics.SECONDS_BUCKETS,
        )

    def asked(self, act: str, outcome: str, seconds: float) -> None:
        """See the protocol."""
        self._requests.labels(act, outcome).inc()
        self._seconds.labels(act).observe(seconds)

    def moved(self, act: str, size_bytes: int) -> None:
        """See the protocol."""
        self._bytes.labels(act).inc(size_bytes)


def _described(metric: Metric) -> tuple[str, str, tuple[str, ...]]:
    return metric.name, f"{metric.meaning}.", metric.labels


@contextmanager
def serving_metrics(
    settings: Settings, registry: CollectorRegistry, database: Database
) -> Iterator[None]:
    """Serve `/metrics` at `metrics_host` and `metrics_port` while this lasts; with port 0, nowhere.

    Raises:
        Refused: `metrics-port`: it is the portal's own, where everybody comes.
        Conflict: `metrics-port-taken`: nothing can listen there.
    """
    if settings.metrics_port == 0:
        yield
        return
    stop = _serve(settings, registry, database)
    try:
        yield
    finally:
        stop()


def _serve(
    settings: Settings, registry: CollectorRegistry, database: Database
) -> Callable[[], None]:
    if settings.metrics_port == settings.portal_port:
        raise Refused(
            "metrics-port",
            f"metrics_port is {settings.metrics_port}, the portal's own, expected another.",
            "Metrics are for the operator alone: give them a port that the public cannot reach.",
        )
    registry.register(ProcessMeasures(settings, database))
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(
            settings.metrics_port, settings.metrics_host, registry=registry
        )
    except OSError as error:
        raise Conflict(
            "metrics-port-taken",
            f"{settings.metrics_host}:{settings.metrics_port} cannot be listened at: "
            f"{error.strerror}.",
            "Set metrics_host and metrics_port to an address of this machine that is free.",
        ) from error

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def _gauge(metric: Metric, value: float, *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, f"{metric.meaning}.", labels=metric.labels)
    family.add_metric(labels, value)
    return family
