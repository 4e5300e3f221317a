"""What an operator is told: what waits too long and what to do, and nothing that a budget hides."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from world.builders import DATASET, NOW
from world.job_builders import a_job
from world.market import Market

from market.entities.account import Charge
from market.entities.job_states import FACTS, STATES, TERMINAL
from market.entities.overview import AgentSeen
from market.entities.people import Operator
from market.errors import NotPermitted
from market.services.operation.keep_house import ask_to_lead, tell_troubles
from market.services.operation.oversee import Overview, late_job, oversee


def seen(market: Market, later_seconds: int = 0) -> Overview:
    return oversee(market.platform, Operator(), now=market.now + later_seconds)


def test_job_over_its_states_usual_time_is_shown_with_what_to_do(market: Market) -> None:
    market.publish()
    job = market.requested()
    usual = FACTS["requested"].usual_seconds
    assert seen(market, usual - 1).late == ()
    [late] = seen(market, usual).late
    assert (late.job, late.state, late.since) == (job.job, "requested", job.updated_at)
    assert (late.code, late.deadline) == ("approval-timeout", job.deadline)
    assert late.waits_for == "Waits for the owner's agent"
    assert "Ask the owner" in late.next_action


@pytest.mark.parametrize("engine", ["ciphertext", "members"])
@pytest.mark.parametrize("state", [state for state in STATES if state not in TERMINAL])
def test_every_state_under_way_has_a_usual_time_and_an_advice(state: str, engine: str) -> None:
    job = replace(a_job(), state=state, engine=engine)
    late = late_job(job)
    assert job.facts[job.state].usual_seconds > 0
    assert late.code.endswith("-timeout")
    assert late.waits_for
    assert late.next_action.endswith(".")


def test_those_that_wait_longest_come_first_and_ended_ones_not_at_all(market: Market) -> None:
    market.publish()
    first = market.requested()
    market.now += 10
    second = market.planned()
    market.released()
    found = seen(market, 12 * 3_600).late
    assert [late.job for late in found] == [first.job, second.job]


def test_budget_is_told_by_marks_alone(market: Market) -> None:
    market.publish()
    [burn] = seen(market).burns
    assert (burn.dataset, burn.owner, burn.mark_percent) == (DATASET, "olga", 0)
    before = asdict(burn)
    account = next(iter(market.catalogue.dataset(DATASET).manifest.record.lineages))
    name = f"lineage/{account}/1"
    cap = market.ledger.balance(name).cap_units

    def spend(key: str, units: int) -> None:
        charges = (Charge(name, units),)
        market.ledger.reserve(key, charges, now=NOW, expires_at=NOW + 60)
        market.ledger.debit(key, now=NOW)

    spend("one", cap // 2)
    assert asdict(seen(market).burns[0]) == before
    spend("two", cap // 2 - cap // 10)
    assert seen(market).burns[0].mark_percent == 80


def test_agents_storage_and_housekeeping_are_told(market: Market) -> None:
    market.publish()
    assert seen(market).leader == ""
    token = market.people.issue_token("olga", ("agent",), "a", now=market.now, lifetime_seconds=99)
    assert seen(market).agents == (AgentSeen("olga", None),)
    assert market.people.token_user(token, now=market.now + 5) is not None
    ask_to_lead(market.platform, "portal-1", now=market.now)
    tell_troubles(market.platform, "portal-1", {"answer_waits": "x"}, now=market.now)
    found = seen(market)
    assert found.agents == (AgentSeen("olga", market.now + 5),)
    assert found.leader == "portal-1"
    assert [(one.duty, one.code, one.ended_at) for one in found.troubles] == [
        ("answer_waits", "x", None)
    ]
    manifest = market.catalogue.dataset(DATASET).manifest.record
    [stored] = found.stored
    assert (stored.owner, stored.versions, stored.stored_bytes) == (
        "olga",
        1,
        sum(chunk.size_bytes for column in manifest.columns for chunk in column.chunks),
    )


def test_only_administrators_are_told(market: Market) -> None:
    for name in ("bob", "olga"):
        with pytest.raises(NotPermitted, match="role-missing"):
            oversee(market.platform, market.user(name), now=market.now)
    assert oversee(market.platform, market.user("ada"), now=market.now).at == market.now
