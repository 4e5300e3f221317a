"""A release end to end: from a signed request to a value near the truth."""

from __future__ import annotations

import pytest
from world.declarations import COUNT, PURE_SUM, plan_of
from world.live_market import LiveMarket, bundle_of, forge, now

from market.agent.loop import collect, send
from market.plan.expression import Column
from market.plan.plan import NamedStatistic, Plan
from market.plan.statistics import Covariance, Mean, Sum
from market.policy.budget.accounts import flooding_account, lineage_accounts
from market.records.receipt import Receipt
from market.records.signed import open_signed
from market.vault.store.chain import receipts
from market.vault.store.replies import find_replies
from market.vault.store.spending import balances


def spent(market: LiveMarket) -> tuple[int, int]:
    """(rho units of the people, flooding units of the key) in the agent's own ledger."""
    manifest = market.platform.catalogue.dataset("visits").manifest.record
    (people,), key = lineage_accounts(manifest), flooding_account(manifest.key_id)
    found = balances(market.store, [people, key])
    return found[people].spent_units, found[key].spent_units


def test_count_of_the_rows_is_released_near_the_truth(market: LiveMarket) -> None:
    job = market.released(COUNT)
    assert market.value(job, "#valid") == pytest.approx(300, abs=40)
    assert bundle_of(market, job).envelopes == (market.document(job, "envelope"),)


def test_weighted_sum_is_one_output_and_near_the_truth(market: LiveMarket) -> None:
    job = market.released(PURE_SUM)
    (name,) = market.opened(job)
    assert name == "1:#valid+1:visits"
    # Bounds are 0 and 10: five for the middle, and five for the half range.
    assert 5 * market.value(job, name) == pytest.approx(sum(i % 11 for i in range(300)), abs=400)


def test_product_is_replayed_from_the_stored_chunks(market: LiveMarket) -> None:
    plan = plan_of(Covariance(Column("visits"), Column("insured")))
    job = market.released(plan)
    rows = [(i % 11, 1 if i % 3 else 0) for i in range(300)]
    truth = sum((min(visits, 10) / 5 - 1) * insured for visits, insured in rows)
    (product,) = (name for name in market.opened(job) if "&" in name)
    assert market.value(job, product) == pytest.approx(truth, abs=80)


def last_receipt(market: LiveMarket) -> Receipt:
    return open_signed(Receipt, receipts(market.store)[-1].encode()).record


def test_same_question_carries_the_same_noise_and_costs_its_buyer_nothing(
    market: LiveMarket,
) -> None:
    plan = plan_of(Mean(Column("visits")))
    first = market.released(plan)
    before = spent(market)
    again = market.released(plan)
    assert market.opened(again) == market.opened(first)
    assert spent(market) == before
    assert last_receipt(market).rho_units == 0


def test_neither_order_nor_names_are_part_of_a_question(market: LiveMarket) -> None:
    visits, insured = Sum(Column("visits")), Mean(Column("insured"))
    first = market.released(plan_of(visits, insured))
    before = spent(market)
    named = (NamedStatistic("share", 1, insured), NamedStatistic("all", 1, visits))
    again = market.released(Plan(3, ("visits",), "gaussian", named))
    assert market.opened(again) == market.opened(first)
    assert (spent(market), last_receipt(market).rho_units) == (before, 0)


def test_released_job_asked_again_gets_the_same_bytes(market: LiveMarket) -> None:
    job = market.released(plan_of(Sum(Column("insured"))))
    kept = find_replies(market.store, job.job)["release"]
    count, before = len(receipts(market.store)), spent(market)
    # The platform claims to have lost it.
    forge(market, job, state="evaluated", envelope=None, receipt=None)
    market.step()
    assert market.document(job, "envelope") == kept.document
    assert (len(receipts(market.store)), spent(market)) == (count, before)


def test_altered_chunk_stops_a_product_and_costs_nothing(market: LiveMarket) -> None:
    plan = plan_of(Covariance(Column("insured"), Column("visits")), Sum(Column("visits")))
    job = market.evaluated(plan)
    manifest = market.platform.catalogue.dataset("visits").manifest.record
    chunk = manifest.column("visits").chunks[0]
    before = spent(market)
    (path,) = (market.root / "platform" / "objects").rglob(f"{chunk.key.split('/')[-1]}*")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        market.step()
    finally:
        path.write_bytes(whole)
    assert "release" not in find_replies(market.store, job.job)
    assert spent(market) == before
    market.step()
    assert market.job(job).state == "released"


def test_expired_approval_ends_the_job_and_gives_the_units_back(market: LiveMarket) -> None:
    job = market.planned(plan_of(Sum(Column("insured")), Sum(Column("visits"))))
    soon = now() + 2
    text = market.request(job, expires_at=soon)
    forge(market, job, request=text, state="requested", deadline=soon + 100)
    market.step()
    forge(market, job, state="evaluated", shares="[]")
    agent = market.agent()
    send(agent, collect(agent, now=soon))
    ended = market.job(job)
    assert (ended.state, ended.end.code) == ("refused", "approval-expired")
    manifest = market.platform.catalogue.dataset("visits").manifest.record
    (people,) = lineage_accounts(manifest)
    assert balances(market.store, [people])[people].reserved_units == 0
