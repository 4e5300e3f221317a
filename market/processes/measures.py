"""Where a process's metrics are served, and those that any process of the platform has."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from market import metrics
from market.database.engine import Database
from market.database.revision import NEWEST
from market.errors import Refused
from market.metrics import Metric
from market.processes.scrape import scraped_at
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
    settings: Settings, registry: CollectorRegistry, database: Database, *, port: int, public: int
) -> Iterator[None]:
    """Serve `/metrics` at `metrics_host` and a port while this lasts; with port 0, nowhere.

    Args:
        public: the port where everybody comes.

    Raises:
        Refused: `metrics-port`: it is the public one.
        Conflict: `metrics-port-taken`: nothing can listen there.
    """
    if port == public:
        raise Refused(
            "metrics-port",
            f"Metrics are to be served at port {port}, where everybody comes, expected another.",
            "Metrics are for the operator alone: give them a port that the public cannot reach.",
        )
    if port != 0:
        registry.register(ProcessMeasures(settings, database))
    with scraped_at(settings.metrics_host, port, registry):
        yield


def _gauge(metric: Metric, value: float, *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, f"{metric.meaning}.", labels=metric.labels)
    family.add_metric(labels, value)
    return family
