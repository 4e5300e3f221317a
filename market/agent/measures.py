"""The agent's metrics, for its owner's own Prometheus: asked when somebody scrapes, never sent."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from market import metrics
from market.agent.agent import Agent
from market.metrics import Metric
from market.policy.budget.burn import MARKS_PERCENT, mark_passed
from market.vault.store.chain import head
from market.vault.store.replies import waiting_replies
from market.vault.store.spending import people_budgets


@dataclass(frozen=True, eq=False)
class AgentCollector(Collector):
    """What one running agent knows of itself, in numbers: no dataset, buyer or job is named."""

    agent: Agent

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family for each metric."""
        agent = self.agent
        sequence, _ = head(agent.store)
        yield _gauge(metrics.AGENT_WORKING, {(): agent.store.is_reconciled()})
        yield _gauge(metrics.AGENT_ROUND, {(): agent.pulse.beat_at})
        yield _gauge(metrics.AGENT_REPLIES, {(): len(waiting_replies(agent.store))})
        yield _gauge(metrics.AGENT_SESSIONS, {(): len(agent.sessions.running())})
        yield _gauge(metrics.AGENT_FAILURES, _failing(agent))
        yield _gauge(metrics.AGENT_RECEIPTS, {(): sequence})
        yield _gauge(metrics.BUDGETS, _marks(agent))
        yield _gauge(metrics.DISK_FREE, {(): shutil.disk_usage(agent.home.path).free})


def _failing(agent: Agent) -> dict[tuple[str, ...], float]:
    return {(code,): parts for code, parts in agent.failures.codes().items()}


def _marks(agent: Agent) -> dict[tuple[str, ...], float]:
    passed = Counter(map(mark_passed, people_budgets(agent.store)))
    return {(str(mark),): passed[mark] for mark in (0, *MARKS_PERCENT)}


def _gauge(metric: Metric, samples: dict[tuple[str, ...], float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, f"{metric.meaning}.", labels=metric.labels)
    for labels, value in samples.items():
        family.add_metric(labels, value)
    return family
