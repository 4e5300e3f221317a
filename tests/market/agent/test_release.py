"""A release end to end: from a signed request to a value near the truth."""

from __future__ import annotations

import pytest
from agent_house import COUNT, AgentHouse, bundle_of, forge, now, plan_of

from market.agent.loop import collect, send
from market.plan.expression import Column
from market.plan.plan import NamedStatistic, Plan
from market.plan.statistics import Covariance, Mean, Sum
from market.policy.accounts import flooding_account, lineage_accounts
from market.records.receipt import Receipt
from market.records.signed import open_signed
from market.vault.store.replies import find_replies
from market.vault.store.spending import balances, receipts


def spent(house: AgentHouse) -> tuple[int, int]:
    """(rho units of the people, flooding units of the key) in the agent's own ledger."""
    manifest = house.platform.catalogue.dataset("visits").manifest.record
    (people,), key = lineage_accounts(manifest), flooding_account(manifest.key_id)
    found = balances(house.store, [people, key])
    return found[people].spent_units, found[key].spent_units


def test_count_of_the_rows_is_released_near_the_truth(house: AgentHouse) -> None:
    job = house.released(COUNT)
    assert house.value(job, "#valid") == pytest.approx(300, abs=40)
    assert bundle_of(house, job).envelope == house.job(job).envelope


def test_product_is_replayed_from_the_stored_chunks(house: AgentHouse) -> None:
    plan = plan_of(Covariance(Column("visits"), Column("insured")))
    job = house.released(plan)
    rows = [(i % 11, 1 if i % 3 else 0) for i in range(300)]
    truth = sum((min(visits, 10) / 5 - 1) * insured for visits, insured in rows)
    (product,) = (name for name in house.opened(job) if "&" in name)
    assert house.value(job, product) == pytest.approx(truth, abs=80)


def last_receipt(house: AgentHouse) -> Receipt:
    return open_signed(Receipt, receipts(house.store)[-1].encode()).record


def test_same_question_carries_the_same_noise_and_costs_its_buyer_nothing(
    house: AgentHouse,
) -> None:
    plan = plan_of(Mean(Column("visits")))
    first = house.released(plan)
    before = spent(house)
    again = house.released(plan)
    assert house.opened(again) == house.opened(first)
    assert spent(house) == before
    assert last_receipt(house).rho_units == 0


def test_neither_order_nor_names_are_part_of_a_question(house: AgentHouse) -> None:
    visits, insured = Sum(Column("visits")), Mean(Column("insured"))
    first = house.released(plan_of(visits, insured))
    before = spent(house)
    named = (NamedStatistic("share", 1, insured), NamedStatistic("all", 1, visits))
    again = house.released(Plan(1, "gaussian", named))
    assert house.opened(again) == house.opened(first)
    assert (spent(house), last_receipt(house).rho_units) == (before, 0)


def test_sum_at_its_old_scale_is_its_old_value_in_a_question_charged_in_full(
    house: AgentHouse,
) -> None:
    visits, insured = Sum(Column("visits")), Mean(Column("insured"))
    first = house.released(plan_of(visits, insured))
    before = spent(house)
    named = (NamedStatistic("s0", 2, visits), NamedStatistic("s1", 1, insured))
    other = house.released(Plan(1, "gaussian", named))
    # Two to one for the visits leaves half of the whole for the number of rows, as before.
    before_and_now = {
        name: value == house.opened(other)[name] for name, value in house.opened(first).items()
    }
    assert before_and_now == {"#valid": True, "visits": False, "insured": False}
    assert last_receipt(house).rho_units == other.rho_units
    assert spent(house) != before


def test_released_job_asked_again_gets_the_same_bytes(house: AgentHouse) -> None:
    job = house.released(plan_of(Sum(Column("insured"))))
    kept = find_replies(house.store, job.job)["release"]
    count, before = len(receipts(house.store)), spent(house)
    # The platform claims to have lost it.
    forge(house, job, state="evaluated", envelope=None, receipt=None)
    house.step()
    assert house.job(job).envelope == kept.document
    assert (len(receipts(house.store)), spent(house)) == (count, before)


def test_altered_chunk_stops_a_product_and_costs_nothing(house: AgentHouse) -> None:
    plan = plan_of(Covariance(Column("insured"), Column("visits")), Sum(Column("visits")))
    job = house.evaluated(plan)
    manifest = house.platform.catalogue.dataset("visits").manifest.record
    chunk = manifest.column("visits").chunks[0]
    before = spent(house)
    (path,) = (house.root / "platform" / "objects").rglob(f"{chunk.key.split('/')[-1]}*")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        house.step()
    finally:
        path.write_bytes(whole)
    assert "release" not in find_replies(house.store, job.job)
    assert spent(house) == before
    house.step()
    assert house.job(job).state == "released"


def test_expired_approval_ends_the_job_and_gives_the_units_back(house: AgentHouse) -> None:
    job = house.planned(plan_of(Sum(Column("insured")), Sum(Column("visits"))))
    soon = now() + 2
    text = house.request(job, expires_at=soon)
    forge(house, job, request=text, state="requested", deadline=soon + 100)
    house.step()
    forge(house, job, state="evaluated", platform="[]")
    agent = house.agent()
    send(agent, collect(agent, now=soon))
    ended = house.job(job)
    assert (ended.state, ended.code) == ("refused", "approval-expired")
    manifest = house.platform.catalogue.dataset("visits").manifest.record
    (people,) = lineage_accounts(manifest)
    assert balances(house.store, [people])[people].reserved_units == 0
