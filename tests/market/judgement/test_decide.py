"""What the agent says to a request: a function of plan, policy and ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.declarations import COUNT, plan_of
from world.live_market import LiveMarket, now

from market.entities.job import Job
from market.judgement.charges import accounts_of
from market.judgement.decide import Decision, decide
from market.judgement.question import (
    Distrusted,
    QuestionInHand,
    Work,
    read_question,
    read_work,
)
from market.plan.expression import Column
from market.plan.statistics import Covariance
from market.policy.budget.verdict import Approve, ByHand, LedgerView
from market.policy.decision import Denied
from market.pricing.loss import loss_text
from market.pricing.opening import Had
from market.records.grant import Grant
from market.vault.holdings import Holding, read_holding
from market.vault.store.spending import balances


@pytest.fixture(scope="module")
def job(market: LiveMarket) -> Job:
    return market.planned(COUNT)


def holding_of(market: LiveMarket, **policy: object) -> Holding:
    holding = read_holding(market.home, "visits", 1)
    record = holding.listing.record
    changed = replace(record, policy=replace(record.policy, **policy))  # type: ignore[arg-type]
    return replace(holding, listing=replace(holding.listing, record=changed), newest=changed)


def view_of(market: LiveMarket, question: QuestionInHand, **changes: object) -> LedgerView:
    found = balances(market.store, accounts_of(question))
    plain = LedgerView(
        {name: balance.available_units for name, balance in found.items()}, None, Had(), False
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def decided(
    market: LiveMarket, work: Work, holding: Holding | None = None, **view: object
) -> Decision:
    question = read_question(work, holding or holding_of(market))
    return decide(question, view_of(market, question, **view), now=now())


def code(decision: Decision) -> str:
    assert isinstance(decision, Denied)
    return decision.code


def test_good_request_is_approved_for_its_price(market: LiveMarket, job: Job) -> None:
    decision = decided(market, market.work(job))
    assert isinstance(decision, Approve)
    assert decision.rho_units == job.rho_units
    assert {charge.units for charge in (*decision.cost.people, *decision.cost.buyer)} == {
        job.rho_units
    }


@pytest.mark.parametrize(
    "change",
    [{"manifest_hash": "0" * 64}, {"price_cents": 1}],
    ids=lambda change: next(iter(change)),
)
def test_request_on_another_manifest_or_price_is_refused(
    market: LiveMarket, job: Job, change: dict[str, object]
) -> None:
    (named,) = market.request_for(job).datasets
    other = replace(named, **change)  # type: ignore[arg-type]
    assert code(decided(market, market.work(job, datasets=(other,)))) == "request-invalid"


def test_manual_policy_leaves_it_to_the_owner(market: LiveMarket, job: Job) -> None:
    decision = decided(market, market.work(job), holding_of(market, approval="manual"))
    assert isinstance(decision, ByHand)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rho_units": 3}, "plan-budget-too-small"),
        ({"parties": ("0" * 64,)}, "request-invalid"),
        ({"recipient_key": "0" * 64}, "request-invalid"),
        ({"recipient_key": "Z" * 64}, "request-invalid"),
        ({"created_at": 1, "expires_at": 2}, "request-expired"),
        # Of the time when tests are collected: a whole run is shorter than a day.
        ({"created_at": now() + 86_400, "expires_at": now() + 172_800}, "clock-ahead"),
    ],
)
def test_request_for_something_else_is_refused(
    market: LiveMarket, job: Job, changes: dict[str, object], expected: str
) -> None:
    if "rho_units" in changes:
        # Three units cannot be divided among four families.
        job = market.planned(plan_of(Covariance(Column("visits"), Column("insured"))))
    assert code(decided(market, market.work(job, **changes))) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"access": "request"}, "no-grant"),
        ({"statistics": ("mean",)}, "statistic-not-allowed"),
        ({"job_rho_units": 1}, "over-job-cap"),
    ],
)
def test_policy_is_obeyed(
    market: LiveMarket, job: Job, policy: dict[str, object], expected: str
) -> None:
    assert code(decided(market, market.work(job), holding_of(market, **policy))) == expected


def test_product_without_recomputation_is_refused(market: LiveMarket) -> None:
    job = market.planned(plan_of(Covariance(Column("visits"), Column("insured"))))
    holding = holding_of(market, recomputation=False)
    assert code(decided(market, market.work(job), holding)) == "recomputation-not-allowed"


def test_spent_nonce_is_refused(market: LiveMarket, job: Job) -> None:
    assert code(decided(market, market.work(job), spent_by="other")) == "nonce-spent"


def test_empty_ledger_refuses_with_the_account(market: LiveMarket, job: Job) -> None:
    decision = decided(market, market.work(job), available={})
    assert code(decision) == "over-budget"
    assert isinstance(decision, Denied)
    assert decision.message == (
        f"What is left of the budget of the people in this data does not cover "
        f"{loss_text(job.rho_units, '0.000001')}."
    )


def test_repetition_costs_nothing_but_still_needs_entitlement(market: LiveMarket, job: Job) -> None:
    priced = read_question(market.work(job), holding_of(market)).need_price()
    rungs = {one.sum: one.rung for one in priced.opening.sums}
    decision = decided(market, market.work(job), available={}, had=Had(rungs, rungs))
    assert isinstance(decision, Approve)
    assert (decision.cost.whole, decision.rho_units) == ((), 0)
    holding = holding_of(market, access="invitation")
    assert code(decided(market, market.work(job), holding, had=Had(rungs, rungs))) == "no-grant"


def test_what_others_have_costs_a_buyer_what_it_would_cost_anew(
    market: LiveMarket, job: Job
) -> None:
    priced = read_question(market.work(job), holding_of(market)).need_price()
    rungs = {one.sum: one.rung for one in priced.opening.sums}
    assert decided(market, market.work(job), had=Had({}, rungs)) == decided(
        market, market.work(job)
    )


def test_finer_answer_costs_the_difference(market: LiveMarket, job: Job) -> None:
    priced = read_question(market.work(job), holding_of(market)).need_price()
    rungs = {one.sum: one.rung - 8 for one in priced.opening.sums}
    decision = decided(market, market.work(job), had=Had(rungs, rungs))
    assert isinstance(decision, Approve)
    # Eight rungs lower it cost half as much.
    assert decision.rho_units == pytest.approx(job.rho_units / 2, abs=1)
    assert {charge.units for charge in decision.cost.people} == {decision.rho_units}


def test_grant_sets_the_allocation(market: LiveMarket, job: Job) -> None:
    holding = holding_of(market, access="request")
    grant = Grant(
        grant="g1",
        dataset="visits",
        lineages=holding.manifest.record.lineages,
        buyer=market.keys["bob"].public.fingerprint(),
        rho_units=10**12,
        terms_digest="0" * 64,
        issued_at=now() - 10,
        expires_at=now() + 100,
    )
    decision = decided(market, market.work(job), replace(holding, grants=(grant,)))
    assert isinstance(decision, Approve)
    assert decision.allocation == 10**12
    other = replace(grant, buyer="f" * 40)
    assert code(decided(market, market.work(job), replace(holding, grants=(other,)))) == "no-grant"


def test_request_of_another_job_is_left_alone(market: LiveMarket, job: Job) -> None:
    work = replace(market.work(job), job="job-0123456789ab")
    with pytest.raises(Distrusted, match="signed for job"):
        read_question(work, holding_of(market))


def test_unsigned_text_is_left_alone(market: LiveMarket, job: Job) -> None:
    with pytest.raises(Distrusted):
        read_question(replace(market.work(job), request="{}"), holding_of(market))


def test_plan_that_is_not_canonical_is_left_alone(market: LiveMarket, job: Job) -> None:
    work = market.work(job)
    with pytest.raises(Distrusted, match="canonical"):
        read_question(replace(work, plan=f" {work.plan}"), holding_of(market))


@pytest.mark.parametrize("line", [{}, {"job": 3}, {"job": "j", "version": "1"}])
def test_line_of_work_that_is_not_one_is_left_alone(line: dict[str, object]) -> None:
    with pytest.raises(Distrusted):
        read_work(line)
