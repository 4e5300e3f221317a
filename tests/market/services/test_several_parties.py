"""A job of two owners' datasets, with an agent each: it moves on when both have spoken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.builders import DATASET, DAY, a_manifest, sign, text
from world.job_builders import a_receipt, a_refusal
from world.people import fingerprint
from world.union_market import OLGAS, OSCARS, SECOND, UnionMarket

from market import wire
from market.entities.documents import Document, Documents
from market.entities.job import End, Job
from market.entities.people import User
from market.errors import Conflict, NotFound, Refused
from market.policy.budget.accounts import epoch_account, total_account
from market.policy.budget.repeats import payers
from market.pricing.opening import Opening
from market.records.delivery import Bundle, DeliveryStatement
from market.records.receipt import receipted
from market.records.signed import open_signed, record_hash
from market.services.compute.accept_approval import accept_approval, accept_refusal
from market.services.compute.evaluate_job import evaluate_job
from market.services.jobs.end_job import end_job, end_with
from market.services.jobs.list_jobs import jobs_for_agent
from market.services.jobs.read_job import PartyAnswers, read_job, read_receipt
from market.services.jobs.reserve_budget import Admitted, Price, reserve_budget
from market.services.operation.keep_house import mend_reservations
from market.services.release.accept_release import accept_release
from market.services.release.deliver_result import deliver_result
from market.services.release.settle_release import settle_release
from market.services.sources import Part, parts_of

CAP_UNITS = 10**13


@pytest.fixture
def market() -> UnionMarket:
    """What is asked is both owners' datasets, masked."""
    return UnionMarket()


def oscar(market: UnionMarket) -> User:
    return market.user("oscar")


def reserve(market: UnionMarket, job: Job, rho_units: int) -> None:
    """As planning does."""
    manifests = [market.manifest_of(party) for party in job.parties]
    admitted = [
        Admitted(one.agent, receipted(one, record_hash(one)), CAP_UNITS) for one in manifests
    ]
    price = Price(fingerprint("bob"), Opening((), rho_units), "0.000001")
    reserve_budget(market.platform, job, admitted, price, now=market.now)


def settle(market: UnionMarket, job: Job, part: Part, rho_units: int) -> None:
    receipt = a_receipt(datasets=part.tables, buyer=fingerprint("bob"), rho_units=rho_units)
    settle_release(market.platform, job, part, receipt, now=market.now)


def held(market: UnionMarket, job: Job) -> list[tuple[int, int]]:
    """Spent and reserved of the people of each dataset."""
    manifests = [market.manifest_of(party) for party in job.parties]
    accounts = [epoch_account(one.lineages[0], one.epoch) for one in manifests]
    balances = map(market.ledger.balance, accounts)
    return [(balance.spent_units, balance.reserved_units) for balance in balances]


def approve(market: UnionMarket, job: Job, user: User, approval: str) -> Job:
    return accept_approval(market.platform, user, job.job, approval, now=market.now)


def test_job_is_approved_when_every_party_has_approved(market: UnionMarket) -> None:
    job = market.requested()
    first = approve(market, job, market.olga, market.approval_text(job, OLGAS, days=3))
    # Not longer than what it has already holds.
    assert (first.state, first.deadline) == ("requested", market.now + 3 * DAY)
    assert approve(market, job, market.olga, market.approval_text(job, OLGAS, days=3)) == first
    assert market.jobs.answers_owed() == []
    with pytest.raises(Conflict, match="job-state"):
        evaluate_job(market.platform, first, now=market.now)
    both = approve(market, job, oscar(market), market.approval_text(job, OSCARS))
    assert (both.state, both.deadline) == ("approved", market.now + 3 * DAY)
    assert [owed.answer.go_on for owed in market.jobs.answers_owed()] == [True]
    steps = [event.step for event in market.jobs.timeline(job.job)]
    assert steps[-2:] == ["approval", "approved"]
    assert market.jobs.documents(job.job).has_all("approval", job.parties)


def test_a_party_approves_once(market: UnionMarket) -> None:
    job = market.requested()
    approve(market, job, market.olga, market.approval_text(job, OLGAS, days=3))
    with pytest.raises(Conflict, match="document-differs"):
        approve(market, job, market.olga, market.approval_text(job, OLGAS, days=4))
    assert market.jobs.get(job.job).state == "requested"


def test_approvals_that_come_at_once_leave_no_job_behind(
    market: UnionMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = market.requested()
    read = market.jobs.documents
    before = read(job.job)
    approve(market, job, market.olga, market.approval_text(job, OLGAS))
    # As if both had been read before either was kept.
    stale = iter([before])
    monkeypatch.setattr(market.jobs, "documents", lambda name: next(stale, None) or read(name))
    assert (
        approve(market, job, oscar(market), market.approval_text(job, OSCARS)).state == "approved"
    )


def test_crash_before_the_last_step_is_mended_by_the_same_approval(market: UnionMarket) -> None:
    job = market.requested()
    approvals = {party: market.approval_text(job, party) for party in job.parties}
    kept = [Document("approval", approvals[party], party) for party in job.parties]
    market.jobs.kept[job.job] = market.jobs.documents(job.job).joined(*kept)
    assert approve(market, job, oscar(market), approvals[OSCARS]).state == "approved"


def test_one_partys_refusal_ends_the_job(market: UnionMarket) -> None:
    job = market.requested()
    approve(market, job, market.olga, market.approval_text(job, OLGAS))
    dataset = market.catalogue.dataset(SECOND)
    refusal = a_refusal(
        market.request_of(job),
        party=OSCARS,
        manifest_hashes=(dataset.listing.record.manifest_hash,),
    )
    signed = text(sign(refusal, by="other agent"))
    ended = accept_refusal(market.platform, oscar(market), job.job, signed, now=market.now)
    assert ended.state == "refused"
    assert ended.end is not None
    assert ended.end.message == f"clinics refused. {refusal.message}"
    assert accept_refusal(
        market.platform, oscar(market), job.job, signed, now=market.now
    ) == market.jobs.get(job.job)


def test_job_is_released_when_every_party_has_released(market: UnionMarket) -> None:
    job = market.evaluated()
    for user, party, state in (
        (market.olga, OLGAS, "evaluated"),
        (oscar(market), OSCARS, "released"),
    ):
        release = market.release_texts_by(job, party)
        for _ in range(2):
            done = accept_release(market.platform, user, job.job, *release, now=market.now)
            assert done.state == state
    kept: Documents = market.jobs.documents(job.job)
    assert set(kept.by_party("envelope")) == set(kept.by_party("receipt")) == {OLGAS, OSCARS}
    steps = [event.step for event in market.jobs.timeline(job.job)]
    assert steps[-2:] == ["release", "released"]


def test_both_owners_see_the_job_and_nobody_else(market: UnionMarket) -> None:
    job = market.requested()
    for user in (market.olga, oscar(market), market.bob):
        assert read_job(market.platform, user, job.job).job == job
    with pytest.raises(NotFound, match="no-job"):
        read_job(market.platform, market.eve, job.job)


def test_every_party_holds_what_its_own_data_costs(market: UnionMarket) -> None:
    job = market.submit()
    for _ in range(2):
        reserve(market, job, 7)
    assert held(market, job) == [(0, 7), (0, 7)]
    assert market.ledger.held(f"job/{job.job}") == [f"job/{job.job}/0", f"job/{job.job}/1"]


def test_each_receipt_settles_its_own_partys_part(market: UnionMarket) -> None:
    job = market.planned()
    charge = job.rho_units
    olgas, oscars = parts_of(market.platform, job)
    for _ in range(2):
        settle(market, job, oscars, charge)
        assert held(market, job) == [(0, charge), (charge, 0)]
    # Its buyer has these answers already: nothing is charged, and the other stays charged.
    settle(market, job, olgas, 0)
    assert held(market, job) == [(0, 0), (charge, 0)]


def test_end_gives_back_what_no_party_has_released(market: UnionMarket) -> None:
    job = market.planned()
    charge = job.rho_units
    settle(market, job, parts_of(market.platform, job)[0], charge)
    end_job(market.platform, job, "failed", End("broken", "", ""), now=market.now)
    assert held(market, job) == [(charge, 0), (0, 0)]


def test_crash_at_the_end_of_a_job_is_mended_for_every_party(market: UnionMarket) -> None:
    job = market.submit()
    reserve(market, job, 7)
    market.jobs.jobs[job.job] = replace(job, state="cancelled")
    mend_reservations(market.platform, now=market.now)
    assert held(market, job) == [(0, 0), (0, 0)]


def test_what_one_party_cannot_pay_ends_the_job_for_all(market: UnionMarket) -> None:
    job = market.submit()
    lineage = market.catalogue.dataset(SECOND).manifest.record.lineages[0]
    market.ledger.open_account(total_account(lineage), 6)
    with pytest.raises(Refused, match="over-budget") as refused:
        reserve(market, job, 7)
    end_with(market.platform, job, refused.value, now=market.now)
    assert held(market, job) == [(0, 0), (0, 0)]


def test_party_whose_part_nobody_has_pays_though_the_other_was_released(
    market: UnionMarket,
) -> None:
    first = market.evaluated()
    charge = first.rho_units
    release = market.release_texts_by(first, OLGAS, charge)
    accept_release(market.platform, market.olga, first.job, *release, now=market.now)
    end_job(
        market.platform,
        market.jobs.get(first.job),
        "failed",
        End("broken", "", ""),
        now=market.now,
    )
    market.pass_days(1)
    again = market.planned()
    assert held(market, again) == [(charge, 0), (0, charge)]


def test_sum_that_was_asked_alone_costs_nothing_more_beside_another_owners(
    market: UnionMarket,
) -> None:
    alone = market.planned(dataset=DATASET)
    settle(market, alone, parts_of(market.platform, alone)[0], alone.rho_units)
    both = market.planned()
    assert held(market, both) == [(alone.rho_units, 0), (0, both.rho_units)]


def test_both_parties_releases_are_delivered_in_one_bundle(market: UnionMarket) -> None:
    job = market.evaluated()
    for user, party in ((market.olga, OLGAS), (oscar(market), OSCARS)):
        release = market.release_texts_by(job, party)
        accept_release(market.platform, user, job.job, *release, now=market.now)
    bundle = wire.decode(Bundle, deliver_result(market.platform, market.bob, job.job))
    assert [len(part) for part in (bundle.listings, bundle.envelopes, bundle.receipts)] == [2, 2, 2]
    statement = open_signed(DeliveryStatement, bundle.statement.encode()).record
    assert [one.agent for one in statement.parties] == [OLGAS, OSCARS]
    assert [one.dataset for one in statement.datasets] == [one.dataset for one in job.datasets]


def test_approval_of_one_party_is_not_the_others(market: UnionMarket) -> None:
    job = market.requested()
    with pytest.raises(Refused, match="approval-invalid"):
        approve(market, job, oscar(market), market.approval_text(job, OLGAS))
    with pytest.raises(Refused, match="approval-invalid"):
        approve(market, job, market.olga, market.approval_text(job, OSCARS))


def test_agent_is_asked_for_its_own_part_until_it_has_answered(market: UnionMarket) -> None:
    job = market.requested()

    def asked(user: User) -> list[tuple[str, ...]]:
        return [
            tuple(dataset.dataset for dataset in found.part.datasets)
            for found in jobs_for_agent(market.platform, user)
        ]

    assert asked(market.olga) == [(job.datasets[0].dataset,)]
    assert asked(oscar(market)) == [(SECOND,)]
    approve(market, job, market.olga, market.approval_text(job, OLGAS))
    assert asked(market.olga) == []
    assert asked(oscar(market)) == [(SECOND,)]
    # A crash came between the last approval and the step after it: whoever answers makes it.
    last = Document("approval", market.approval_text(job, OSCARS), OSCARS)
    market.jobs.kept[job.job] = market.jobs.documents(job.job).joined(last)
    assert asked(market.olga) == [(job.datasets[0].dataset,)]


def test_job_tells_what_each_party_has_given(market: UnionMarket) -> None:
    job = market.evaluated()
    accept_release(
        market.platform, market.olga, job.job, *market.release_texts_by(job, OLGAS), now=market.now
    )
    read = read_job(market.platform, market.bob, job.job)
    assert read.answers == (
        PartyAnswers(OLGAS, "clinics", (job.datasets[0].dataset,), True, True, False),
        PartyAnswers(OSCARS, "clinics", (SECOND,), True, False, False),
    )
    assert read_receipt(market.platform, market.bob, job.job, OLGAS)
    with pytest.raises(Conflict, match="not-released"):
        read_receipt(market.platform, market.bob, job.job, OSCARS)


def test_people_of_several_tables_pay_by_the_square_of_their_number() -> None:
    tables = [a_manifest(dataset=f"table-{number}", lineages=("99" * 16,)) for number in range(3)]
    alone, both = (
        payers(some, "bob").owe(people_rho_units=5, buyer_rho_units=5)
        for some in (tables[:1], tables)
    )
    assert {charge.account for charge in both.whole} == {charge.account for charge in alone.whole}
    assert {charge.units for charge in alone.whole} == {5}
    assert {charge.units for charge in both.whole} == {45}
