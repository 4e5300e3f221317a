"""The portal's metrics (market.metrics): what it counts itself, and what is asked at each scrape.

A registry belongs to one application, so that several in one process do not count for each other.
Whatever cannot be asked is left out of a scrape and says so by `market_database_up`; the rest is
answered all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from market import metrics
from market.entities.people import Operator
from market.errors import MarketError
from market.metrics import Metric
from market.services.operation.oversee import look_at_parts
from market.services.operation.read_operation import Operation, read_operation
from market.services.platform import Platform

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Sample = tuple[Metric, tuple[str, ...], float]


class PortalMeasures:
    """What the portal counts: its requests, and the rounds of its housekeeper's duties."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(*_described(metrics.REQUESTS), registry=self.registry)
        self._seconds = _histogram(metrics.REQUEST_SECONDS, self.registry)
        self._duties = _histogram(metrics.DUTY_SECONDS, self.registry)
        self._objects = Counter(*_described(metrics.DROPPED_OBJECTS), registry=self.registry)
        self._bytes = Counter(*_described(metrics.DROPPED_BYTES), registry=self.registry)
        self.in_flight = Gauge(*_described(metrics.REQUESTS_IN_FLIGHT), registry=self.registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered. A method that nobody knows is counted as `other`: clients
        choose it, and each value is a series of its own."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)

    def duty(self, name: str, seconds: float) -> None:
        """One round of a housekeeper's duty took so long."""
        self._duties.labels(name).observe(seconds)

    def drop(self, objects: int, freed_bytes: int) -> None:
        """The housekeeper has deleted so much ciphertext that nobody needs."""
        self._objects.inc(objects)
        self._bytes.inc(freed_bytes)


@dataclass(frozen=True, eq=False)
class PortalCollector(Collector):
    """Gauges that are asked when somebody scrapes.

    Attributes:
        clock: unix seconds.
        here: what this process knows by itself, without the database.
    """

    platform: Platform
    clock: Callable[[], int]
    here: Callable[[], Iterator[Sample]]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family for each metric, those without a sample too."""
        samples = [*self.here(), *self._asked(), *self._parts()]
        families = {
            one: GaugeMetricFamily(one.name, f"{one.meaning}.", labels=one.labels) for one in _ASKED
        }
        for metric, labels, value in samples:
            families[metric].add_metric(labels, value)
        yield from families.values()

    def _parts(self) -> Iterator[Sample]:
        for part in look_at_parts(self.platform, Operator()):
            yield metrics.PARTS, (part.name,), part.is_well

    def _asked(self) -> Iterator[Sample]:
        now = self.clock()
        try:
            operation = read_operation(self.platform, Operator(), now=now)
        except MarketError:
            yield metrics.DATABASE_UP, (), 0
            return
        yield metrics.DATABASE_UP, (), 1
        yield from _samples(operation, now)


def _samples(operation: Operation, now: int) -> Iterator[Sample]:
    for queue in operation.queues:
        yield metrics.JOBS, (queue.state,), queue.jobs
        yield metrics.JOBS_AGE, (queue.state,), max(0, now - queue.oldest_since)
    for ends in operation.ends:
        yield metrics.JOBS_ENDED, (ends.state, ends.code), ends.jobs
    yield metrics.RUNS_OWED, (), operation.runs_owed
    yield metrics.ANSWERS_OWED, (), operation.answers_owed
    since = operation.answers_oldest_since
    yield metrics.ANSWERS_AGE, (), 0 if since is None else max(0, now - since)
    for seen, owners in operation.agents.items():
        yield metrics.AGENTS, (seen,), owners
    for mark, budgets in operation.budgets.items():
        yield metrics.BUDGETS, (str(mark),), budgets
    yield metrics.STORED, (), operation.stored_bytes
    yield metrics.DUE, (), sum(one.stored_bytes for one in operation.due)


_ASKED: Final = (
    metrics.UPLOADS,
    metrics.QUOTES,
    metrics.JOBS,
    metrics.JOBS_AGE,
    metrics.JOBS_ENDED,
    metrics.RUNS_OWED,
    metrics.ANSWERS_OWED,
    metrics.ANSWERS_AGE,
    metrics.PARTS,
    metrics.AGENTS,
    metrics.BUDGETS,
    metrics.STORED,
    metrics.DUE,
    metrics.HOUSEKEEPER_ALIVE,
    metrics.HOUSEKEEPER_LEADS,
    metrics.TROUBLES,
    metrics.DATABASE_UP,
)


def _described(metric: Metric) -> tuple[str, str, tuple[str, ...]]:
    return metric.name, f"{metric.meaning}.", metric.labels


def _histogram(metric: Metric, registry: CollectorRegistry) -> Histogram:
    return Histogram(*_described(metric), registry=registry, buckets=metrics.SECONDS_BUCKETS)
