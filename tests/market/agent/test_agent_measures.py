"""What an agent tells its owner's Prometheus: numbers of its own work, and no name."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from world.declarations import COUNT
from world.live_market import LiveMarket, now

from market.agent.loop import Clock, run
from market.agent.measures import AgentCollector
from market.errors import Unavailable
from market.metrics import AGENT_METRICS


def samples(text: str) -> dict[tuple[str, str], float]:
    """By name and, where there is one, the label's value."""
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_agent_tells_of_rounds_receipts_budgets_and_failures(market: LiveMarket) -> None:
    agent = market.agent()
    registry = CollectorRegistry()
    registry.register(AgentCollector(agent))
    before = samples(generate_latest(registry).decode())
    assert before["market_agent_last_round_timestamp_seconds", ""] == 0
    assert before["market_agent_receipts", ""] == 0
    job = market.evaluated(COUNT)
    rounds = iter([False, True])
    clock = Clock(time.time, lambda _seconds: None)
    run(agent, poll_seconds=1, slot_seconds=1, clock=clock, should_stop=lambda: next(rounds))
    agent.failures.log_once("portal", Unavailable("portal-away", "No answer.", "Wait."))
    text = generate_latest(registry).decode()
    after = samples(text)
    assert after["market_agent_reconciled", ""] == 1
    assert after["market_agent_last_round_timestamp_seconds", ""] >= now() - 60
    assert (after["market_agent_receipts", ""], after["market_agent_replies_waiting", ""]) == (1, 0)
    assert after["market_agent_failures", "portal-away"] == 1
    assert after["market_budgets", "0"] >= 1
    agent.failures.forget("portal")
    assert ("market_agent_failures", "portal-away") not in samples(
        generate_latest(registry).decode()
    )
    assert {one.name for one in AGENT_METRICS} == {
        family.name for family in text_string_to_metric_families(text)
    }
    asked = [one.dataset for one in job.datasets]
    assert not any(name in text for name in (job.job, job.buyer, *asked))
