"""A consortium's job at the platform: from the question to every member's sealed share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from world.builders import sign, text
from world.consortium_builders import (
    a_binding,
    a_consortium,
    a_departure,
    a_join_proposal,
    by_member,
)
from world.market import Market
from world.members_market import MembersMarket
from world.people import BOB, CAROL, DORA, OLGA, fingerprint, settle

from market import wire
from market.entities.consortium import ConsortiumState
from market.entities.job import Job
from market.errors import Conflict, MarketError, NotFound, NotPermitted, Refused
from market.policy.budget.accounts import epoch_account
from market.policy.submission.submission import Submission
from market.records.delivery import Bundle, DeliveryStatement
from market.records.session import SessionTerms
from market.records.signed import open_signed
from market.services.compute.accept_approval import accept_approval
from market.services.compute.accept_request import accept_request
from market.services.compute.evaluate_job import evaluate_job
from market.services.compute.seal_job import seal_job, seal_of_job
from market.services.inbox.read_inbox import read_inbox
from market.services.jobs.list_jobs import jobs_for_agent
from market.services.jobs.read_job import read_job
from market.services.operation.keep_house import expire_jobs, mend_reservations
from market.services.release.deliver_result import deliver_result
from market.services.submit.take_in_run import take_in_run

MEAN_AGE = "def build(ds):\n    return {'age': ds['age'].mean()}\n"
MEAN_SPENT = "def build(ds):\n    return {'spent': ds['spent'].mean()}\n"
COUNT = "def build(ds):\n    return {'rows': ds.count()}\n"
UNIT = 1 << 30
ROWS = {"#valid": 900 * UNIT}


@pytest.fixture
def market() -> MembersMarket:
    return MembersMarket()


@pytest.fixture
def join_market() -> MembersMarket:
    return MembersMarket(a_join_proposal())


def code(refused: pytest.ExceptionInfo[MarketError]) -> str:
    return refused.value.code


def spent(market: MembersMarket, party: str) -> tuple[int, int]:
    """Spent and reserved of the people of one member."""
    binding = market.binding_of(party)
    assert binding is not None
    balance = market.ledger.balance(epoch_account(binding.lineages[0], binding.epoch))
    return balance.spent_units, balance.reserved_units


def test_job_goes_from_question_to_every_members_share(market: MembersMarket) -> None:
    job = market.planned(MEAN_AGE)
    assert (job.engine, job.state, job.parties) == ("members", "planned", market.agreement.parties)
    assert [spent(market, party) for party in job.parties] == [(0, job.rho_units)] * 3
    assert market.agreement.sentence in market.document(job, "words")
    job = accept_request(market.platform, job.job, market.request(job), now=market.now)
    for place, party in enumerate(job.parties):
        assert job.state == "requested"
        job = market.approve_of(job, party)
        approved = [
            one.has_approved for one in read_job(market.platform, market.olga, job.job).answers
        ]
        assert approved == [at <= place for at in range(3)]
    assert job.state == "approved"
    job = seal_job(market.platform, job, now=market.now)
    assert job.state == "evaluated"
    kept = market.jobs.documents(job.job)
    assert seal_of_job(kept) == market.seal_of(job)
    assert seal_job(market.platform, job, now=market.now) == job
    shares = market.shares_of(job, {"#valid": 900 * UNIT, "age": 77 * UNIT})
    for party, own in zip(job.parties, shares, strict=True):
        assert job.state == "evaluated"
        job = market.release_of_member(job, party, own)
    assert job.state == "released"
    assert [spent(market, party) for party in job.parties] == [(job.rho_units, 0)] * 3


def test_bundle_holds_the_consortium_and_every_joining(market: MembersMarket) -> None:
    job = market.release_all(market.sealed(), ROWS)
    bundle = wire.decode(Bundle, deliver_result(market.platform, market.olga, job.job))
    assert (bundle.listings, bundle.manifests, bundle.platform) == ((), (), ())
    assert len(bundle.joins) == len(bundle.envelopes) == len(bundle.receipts) == 3
    assert bundle.consortium is not None
    assert len(bundle.consortium.bindings) == 3
    statement = open_signed(DeliveryStatement, bundle.statement.encode()).record
    assert (statement.parameters, statement.datasets[0].platform_digest) == ("members", "")
    assert [party.agent for party in statement.parties] == list(job.parties)
    assert statement.datasets[0].manifest_hash == market.consortium.agreement_hash


def test_member_without_data_reserves_and_spends_nothing(join_market: MembersMarket) -> None:
    market = join_market
    helper = next(one for one in market.agreement.members if one.table is None)
    job = market.sealed(COUNT)
    assert market.binding_of(helper.agent) is None
    with pytest.raises(NotFound):
        market.ledger.balance(f"lineage//0/buyer/{fingerprint('olga')}")
    job = market.release_all(job, {"#valid": 65_535 * 12})
    assert job.state == "released"
    assert job.rho_units > 10**6
    with_data = [p for p in job.parties if p != helper.agent]
    assert [spent(market, party) for party in with_data] == [(job.rho_units, 0)] * 2


def test_join_beyond_its_count_needs_verified_arithmetic(join_market: MembersMarket) -> None:
    refused = join_market.planned(MEAN_SPENT)
    assert refused.end is not None
    assert (refused.state, refused.end.code) == ("refused", "session-unverified")
    assert join_market.planned(MEAN_SPENT, verified="yes").state == "planned"
    assert join_market.planned(COUNT).state == "planned"


def test_every_run_is_charged_anew(market: MembersMarket) -> None:
    first = market.release_all(market.sealed(), ROWS)
    second = market.planned()
    assert spent(market, second.parties[0]) == (first.rho_units, second.rho_units)


def test_recipient_may_be_another_member(market: MembersMarket) -> None:
    job = market.planned(recipient="carol")
    assert (job.buyer, job.organisation) == ("carol", CAROL.organisation)
    first = market.jobs.timeline(job.job)[0]
    assert first.text == "olga submitted the job, for carol."
    forged = text(sign(market.request_for(job), by="olga"))
    with pytest.raises(Refused, match="signed by"):
        accept_request(market.platform, job.job, forged, now=market.now)
    accepted = accept_request(market.platform, job.job, market.request(job), now=market.now)
    assert accepted.state == "requested"


def test_nobody_the_agreement_does_not_name_is_a_recipient(market: MembersMarket) -> None:
    with pytest.raises(Refused) as stranger:
        market.submit(recipient="hugo")
    with pytest.raises(Refused) as nobody:
        market.submit(recipient="no-such-user")
    assert (code(stranger), code(nobody)) == ("not-a-recipient", "no-such-recipient")


def test_outsiders_hear_of_a_consortium_what_they_hear_of_nothing(market: MembersMarket) -> None:
    with pytest.raises(NotFound) as there:
        market.submit(buyer="bob")
    with pytest.raises(NotFound) as nothing:
        market.submit(dataset="nothing-there", buyer="bob")
    assert str(there.value).replace(market.name, "X") == str(nothing.value).replace(
        "nothing-there", "X"
    )
    job = market.planned()
    for outsider in (market.bob, market.eve):
        with pytest.raises(NotFound):
            read_job(market.platform, outsider, job.job)


def test_members_see_the_job_and_their_own_agents_work(market: MembersMarket) -> None:
    job = market.requested()
    for user in (OLGA, CAROL, DORA):
        assert read_job(market.platform, user, job.job).consortium == market.consortium
        (work,) = jobs_for_agent(market.platform, user)
        assert market.agreement.member_of(work.part.party).organisation == user.organisation
        assert work.joins == []
    assert jobs_for_agent(market.platform, BOB) == []
    job = seal_job(market.platform, market.approve(job), now=market.now)
    for user in (OLGA, CAROL, DORA):
        (work,) = jobs_for_agent(market.platform, user)
        assert len(work.joins) == 3


@pytest.mark.parametrize(
    ("until", "missing"), [("proposed", "not joined"), ("joined", "not consented")]
)
def test_consortium_takes_no_question_before_all_have_consented(
    until: ConsortiumState, missing: str
) -> None:
    market, consortium = Market(), a_consortium(until)
    settle(market.people, CAROL, DORA)
    market.consortia.propose(consortium.proposal, now=market.now)
    for joining in consortium.joinings:
        market.consortia.add_joining(consortium.consortium, 1, joining)
    with pytest.raises(Refused) as refused:
        market.submit(dataset=consortium.consortium, buyer="olga")
    assert code(refused) == "consortium-not-ready"
    assert missing in refused.value.message


def test_consortium_takes_no_question_before_every_table_is_bound() -> None:
    market, consortium = Market(), a_consortium(bound=False)
    settle(market.people, CAROL, DORA)
    market.consortia.propose(consortium.proposal, now=market.now)
    for joining in consortium.joinings:
        market.consortia.add_joining(consortium.consortium, 1, joining)
    for consent in consortium.consents:
        market.consortia.add_consent(consortium.consortium, 1, consent)
    with pytest.raises(Refused, match="bound no table") as refused:
        market.submit(dataset=consortium.consortium, buyer="olga")
    assert code(refused) == "consortium-not-ready"


def test_departure_ends_the_job_where_it_stands(market: MembersMarket) -> None:
    asked, approved = market.planned(), market.approved()
    leaving = by_member(a_departure(market.agreement, DORA.organisation), DORA.organisation)
    market.platform.consortia.add_departure(market.name, 1, leaving)
    with pytest.raises(Refused) as refused:
        accept_request(market.platform, asked.job, market.request(asked), now=market.now)
    assert code(refused) == "consortium-not-ready"
    ended = seal_job(market.platform, approved, now=market.now)
    assert (ended.state, ended.end and ended.end.code) == ("refused", "consortium-not-ready")
    assert spent(market, ended.parties[0])[0] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"session": None},
        {"session": SessionTerms("ab" * 32, is_verified=False)},
        {"session": "verified"},
        {"parties": "fewer"},
        {"plan_hash": "cd" * 32},
        {"rho_units": 1},
    ],
)
def test_request_that_says_something_else_is_refused(
    market: MembersMarket, changes: dict[str, Any]
) -> None:
    job = market.planned()
    if changes.get("session") == "verified":
        changes = {"session": SessionTerms(market.consortium.agreement_hash, is_verified=True)}
    if changes.get("parties") == "fewer":
        changes = {"parties": job.parties[:2]}
    with pytest.raises(Refused) as refused:
        accept_request(market.platform, job.job, market.request(job, **changes), now=market.now)
    assert code(refused) == "request-invalid"
    assert market.job(job).state == "planned"


def test_approval_needs_a_joining_of_this_very_request(market: MembersMarket) -> None:
    job = market.requested()
    first, second, _ = job.parties
    other = market.planned()
    other = accept_request(
        market.platform, other.job, market.request(other, nonce="f" * 32), now=market.now
    )
    for join in (
        "",
        "{}",
        market.join_of(other, first),
        market.join_of(job, second),
        market.join_of(job, first, agreement_hash="ab" * 32),
        market.join_of(job, first, address="evil.example.org:1"),
    ):
        with pytest.raises(Refused) as refused:
            market.approve_of(job, first, join)
        assert code(refused) == "approval-invalid"
    assert market.job(job).state == "requested"
    assert market.approve_of(job, first).state == "requested"


def test_ciphertext_job_takes_no_joining() -> None:
    market, members = Market(), MembersMarket()
    market.publish()
    job = market.requested()
    session = members.requested()
    join = members.join_of(session, session.parties[0])
    with pytest.raises(Refused) as refused:
        accept_approval(market.platform, market.olga, job.job, "{}", join, now=market.now)
    assert code(refused) == "approval-invalid"


def test_member_approves_its_own_part_alone(market: MembersMarket) -> None:
    job = market.requested()
    first, second, _ = job.parties
    approval, join = market.approval_of(job, first), market.join_of(job, first)
    with pytest.raises(Refused):
        accept_approval(
            market.platform, market.user_of(second), job.job, approval, join, now=market.now
        )
    with pytest.raises(NotFound):
        accept_approval(market.platform, market.bob, job.job, approval, join, now=market.now)


def test_other_engines_step_does_nothing(market: MembersMarket) -> None:
    job = market.approved()
    with pytest.raises(Conflict, match="own engine"):
        evaluate_job(market.platform, job, now=market.now)
    with pytest.raises(Conflict, match="approved"):
        seal_job(market.platform, market.requested(), now=market.now)
    ciphertext = Market()
    ciphertext.publish()
    with pytest.raises(Conflict, match="own engine"):
        seal_job(ciphertext.platform, ciphertext.approved(), now=ciphertext.now)


def test_table_bound_anew_ends_the_job(market: MembersMarket) -> None:
    job = market.requested()
    party = market.agreement.parties[0]
    member = market.agreement.member_of(party)
    newer = a_binding(market.agreement, member.organisation, version=2)
    market.bind(market.consortium, by_member(newer, member.organisation))
    market.consortium = market.platform.consortia.newest(market.name)
    with pytest.raises(Refused) as refused:
        market.approve_of(job, party)
    assert code(refused) == "table-rebound"
    ended = market.job(job)
    assert (ended.state, ended.end and ended.end.code) == ("refused", "table-rebound")
    assert spent(market, party) == (0, 0)


def test_table_bound_anew_after_the_approvals_changes_nothing(market: MembersMarket) -> None:
    before = market.consortium
    job = market.sealed()
    party = market.agreement.parties[0]
    member = market.agreement.member_of(party)
    newer = a_binding(market.agreement, member.organisation, version=2)
    market.bind(market.consortium, by_member(newer, member.organisation))
    assert market.consortium == before
    assert market.release_all(job, ROWS).state == "released"


def test_release_of_another_session_is_refused(market: MembersMarket) -> None:
    job = market.sealed()
    party = job.parties[0]
    (own, *_) = market.shares_of(job, ROWS)
    for header in (
        {"session": "ab" * 32},
        {"session": ""},
        {"parameters": "PRODUCTS"},
        {"manifest_hashes": ("ab" * 32,)},
        {"plan_hash": "ab" * 32},
    ):
        documents = market.release_texts_of(job, party, own, **header)
        with pytest.raises(Refused) as refused:
            market.send_release(job, party, documents)
        assert code(refused) == "release-invalid"


def test_word_passed_on_says_whose_it_is(market: MembersMarket) -> None:
    job = market.sealed()
    first, second, third = job.parties
    names = {one.agent: one.organisation for one in market.agreement.members}
    ended = market.abort(job, first, accused=second, says={"reported_by": third})
    assert ended.end is not None
    assert f"because of {names[second]}, as {names[third]} reports" in ended.end.message


def test_first_abort_ends_the_job_and_names_stage_and_organisation(market: MembersMarket) -> None:
    job = market.sealed()
    first, second, third = job.parties
    ended = market.abort(job, first, accused=second)
    assert ended.state == "failed"
    assert ended.end is not None
    assert ended.end.code == "session-aborted"
    for word in (
        market.agreement.member_of(first).organisation,
        market.agreement.member_of(second).organisation,
        "multiply",
        "60 seconds",
    ):
        assert word in ended.end.message
    assert [spent(market, party) for party in job.parties] == [(0, 0)] * 3
    # The same again, and the others' words and charges, change nothing of the end.
    assert market.abort(job, first, accused=second).state == "failed"
    after = market.abort(job, third, accused=second, charged=True)
    assert after.state == "failed"
    assert spent(market, third) == (job.rho_units, 0)
    assert market.abort(job, third, accused=second, charged=False).state == "failed"
    said = [one.has_aborted for one in read_job(market.platform, market.olga, job.job).answers]
    assert said == [True, False, True]


def test_charged_abort_is_settled_once(market: MembersMarket) -> None:
    job = market.sealed()
    party = job.parties[1]
    ended = market.abort(job, party, charged=True)
    assert ended.state == "failed"
    assert spent(market, party) == (job.rho_units, 0)
    mend_reservations(market.platform, now=market.now)
    others = [one for one in job.parties if one != party]
    assert [spent(market, one) for one in others] == [(0, 0)] * 2


class OvertakenJobs:
    """The jobs of a market in which something happens right before one of the next saves."""

    def __init__(self, jobs: Any, happens: Callable[[], object], *, before_save: int) -> None:
        self._jobs, self._happens, self._left = jobs, happens, before_save

    def __getattr__(self, name: str) -> Any:
        return getattr(self._jobs, name)

    def save(self, *job: Any, **said: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            self._happens()
        return self._jobs.save(*job, **said)


@pytest.mark.parametrize("before_save", [1, 2, 3])
def test_members_who_break_off_at_the_same_time_are_both_heard(
    market: MembersMarket, before_save: int
) -> None:
    """Before a word is kept, its charge is, or it ends the job, another member's word ends it."""
    job = market.sealed()
    first, second, third = job.parties
    jobs = market.jobs

    def another_says() -> None:
        market.abort(job, first, charged=True)

    overtaken: Any = OvertakenJobs(jobs, another_says, before_save=before_save)
    market.platform = replace(market.platform, jobs=overtaken)
    ended = market.abort(job, second, charged=True)
    assert ended.state == "failed"
    assert [spent(market, party) for party in (first, second)] == [(job.rho_units, 0)] * 2
    assert spent(market, third) == (0, 0)
    kept = jobs.documents(job.job)
    assert set(kept.by_party("abort")) == set(kept.by_party("receipt")) == {first, second}


@pytest.mark.parametrize(
    "changes",
    [
        {"seal": "ab" * 32},
        {"seal": ""},
        {"job": "job-2"},
        {"request_hash": "ab" * 32},
        {"accused": "ab" * 32},
        {"reported_by": "ab" * 32},
    ],
)
def test_abort_of_another_session_is_refused(
    market: MembersMarket, changes: dict[str, Any]
) -> None:
    job = market.sealed()
    with pytest.raises(MarketError) as refused:
        market.abort(job, job.parties[0], says=changes)
    assert code(refused) == "abort-invalid"
    assert market.job(job).state == "evaluated"


def test_nothing_is_broken_off_before_the_seal_or_after_the_delivery(market: MembersMarket) -> None:
    job = market.approved()
    with pytest.raises(Conflict):
        market.abort(job, job.parties[0])
    sealed = seal_job(market.platform, job, now=market.now)
    (own, *_) = market.shares_of(sealed, ROWS)
    sealed = market.release_of_member(sealed, sealed.parties[0], own)
    with pytest.raises(Conflict):
        market.abort(sealed, sealed.parties[0])


def delivered(market: MembersMarket, count: int) -> Job:
    """A sealed job with the releases of so many members."""
    job = market.sealed()
    for party, own in zip(job.parties[:count], market.shares_of(job, ROWS), strict=False):
        job = market.release_of_member(job, party, own)
    return job


def test_enough_members_deliver_though_the_last_breaks_off(market: MembersMarket) -> None:
    job = delivered(market, 2)
    done = market.abort(job, job.parties[2])
    assert done.state == "released"
    bundle = wire.decode(Bundle, deliver_result(market.platform, market.olga, job.job))
    assert len(bundle.envelopes) == 2
    assert len(bundle.joins) == 3
    statement = open_signed(DeliveryStatement, bundle.statement.encode()).record
    assert [party.agent for party in statement.parties] == list(job.parties[:2])


def test_session_with_too_few_left_ends(market: MembersMarket) -> None:
    job = delivered(market, 1)
    waiting = market.abort(job, job.parties[1])
    assert waiting.state == "evaluated"
    assert market.abort(job, job.parties[2]).state == "failed"


def test_what_enough_members_delivered_in_time_is_handed_out(market: MembersMarket) -> None:
    job = delivered(market, 2)
    market.pass_days(60)
    expire_jobs(market.platform, now=market.now)
    assert market.job(job).state == "released"
    # What comes later is charged, and is not part of the one delivery.
    before = deliver_result(market.platform, market.olga, job.job)
    own = market.shares_of(job, ROWS)[2]
    late = market.release_of_member(job, job.parties[2], own)
    assert (late.state, late.end) == ("released", None)
    assert spent(market, job.parties[2])[0] == job.rho_units
    assert deliver_result(market.platform, market.olga, job.job) == before


def test_session_that_too_few_delivered_in_time_expires(market: MembersMarket) -> None:
    job = delivered(market, 1)
    market.pass_days(60)
    expire_jobs(market.platform, now=market.now)
    ended = market.job(job)
    assert ended.state == "expired"
    assert ended.end is not None
    assert "receipt" in ended.end.next_action


def test_late_release_of_a_broken_off_session_is_charged_alone(market: MembersMarket) -> None:
    job = market.sealed()
    market.abort(job, job.parties[0])
    own = market.shares_of(job, ROWS)[1]
    late = market.release_of_member(job, job.parties[1], own)
    assert late.state == "failed"
    assert late.end is not None
    assert "every run is charged" in late.end.next_action
    assert spent(market, job.parties[1]) == (job.rho_units, 0)


def test_over_budget_at_one_member_ends_the_job_and_holds_nothing(market: MembersMarket) -> None:
    party = market.agreement.parties[2]
    binding = market.binding_of(party)
    assert binding is not None
    market.ledger.open_account(epoch_account(binding.lineages[0], binding.epoch), 10)
    ended = market.planned()
    assert (ended.state, ended.end and ended.end.code) == ("refused", "over-budget")
    for each in market.agreement.parties:
        assert spent(market, each) == (0, 0)


def test_each_members_own_terms_count(market: MembersMarket) -> None:
    own = replace(a_binding(market.agreement, OLGA.organisation), version=2)
    narrow = replace(own, policy=replace(own.policy, statistics=("count",)))
    market.bind(market.consortium, by_member(narrow, OLGA.organisation))
    ended = market.planned(MEAN_AGE)
    assert (ended.state, ended.end and ended.end.code) == ("refused", "statistic-not-allowed")
    assert market.planned(COUNT).state == "planned"


def test_recipient_and_members_by_hand_find_the_job_in_their_inbox(market: MembersMarket) -> None:
    job = market.planned()
    assert [item.kind for item in read_inbox(market.platform, market.olga, now=market.now)] == [
        "sign"
    ]
    own = replace(a_binding(market.agreement, CAROL.organisation), version=2)
    manual = replace(own, policy=replace(own.policy, approval="manual"))
    market.bind(market.consortium, by_member(manual, CAROL.organisation))
    job = market.requested()
    kinds = [
        (item.kind, item.subject)
        for item in read_inbox(market.platform, CAROL, now=market.now)
        if item.kind == "approve"
    ]
    assert kinds == [("approve", job.job)]
    assert not [
        item for item in read_inbox(market.platform, DORA, now=market.now) if item.kind == "approve"
    ]


def test_run_of_an_agreement_before_is_not_taken_in(market: MembersMarket) -> None:
    submission = Submission("https://git.example.org/q.git", "ab" * 20, market.name, "0.5")
    run = market.scheduler.run_of_consortium(market.name, 2, "manual__1")
    turned = take_in_run(
        market.platform, market.olga, run=run, submission=submission, now=market.now
    )
    assert (turned.state, turned.end and turned.end.code) == ("refused", "form-superseded")
    own = market.scheduler.run_of_consortium(market.name, 1, "manual__1")
    taken = take_in_run(
        market.platform, market.olga, run=own, submission=submission, now=market.now
    )
    assert taken.state == "submitted"


def test_buyer_of_no_member_names_no_recipient() -> None:
    market = Market()
    market.publish()
    submission = Submission(
        "https://git.example.org/q.git", "ab" * 20, market.dataset, "0.5", "olga", ""
    )
    turned = take_in_run(
        market.platform, market.bob, run="submit_north-lab/1", submission=submission, now=market.now
    )
    assert (turned.end and turned.end.code) == "submission-not-for-members"


def test_user_without_a_role_to_ask_is_refused(market: MembersMarket) -> None:
    clerk = replace(OLGA, user="clerk", roles=("administrator",), identity_key="")
    settle(market.people, clerk)
    with pytest.raises(NotPermitted):
        market.submit(buyer=clerk)
