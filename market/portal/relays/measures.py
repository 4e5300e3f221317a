"""A relay's metrics, in a portal that relays and in a relay of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from market.metrics import RELAY_BYTES, RELAY_ENDED, RELAY_LINKS
from market.portal.relays.desk import RelayDesk


@dataclass(frozen=True, eq=False)
class RelayCollector(Collector):
    """What the desk tells of its links."""

    desk: RelayDesk

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """One family for each metric."""
        links = GaugeMetricFamily(RELAY_LINKS.name, f"{RELAY_LINKS.meaning}.")
        links.add_metric((), self.desk.links)
        yield links
        ended = CounterMetricFamily(
            RELAY_ENDED.name, f"{RELAY_ENDED.meaning}.", labels=RELAY_ENDED.labels
        )
        for why, times in self.desk.ended.items():
            ended.add_metric((why,), times)
        yield ended
        carried = CounterMetricFamily(RELAY_BYTES.name, f"{RELAY_BYTES.meaning}.")
        carried.add_metric((), self.desk.carried_bytes)
        yield carried
