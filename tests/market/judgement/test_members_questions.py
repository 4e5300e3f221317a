"""What a member's agent says to a consortium's request: by what its own member signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from world.builders import a_policy, sign, text
from world.consortium_builders import a_join_proposal, agent_of
from world.members import MemberAtHome, a_member, work_of
from world.members_market import MembersMarket
from world.people import CAROL, HUGO, OLGA, fingerprint

from market.entities.job import Job
from market.judgement.approval import make_approval, make_refusal, read_approval
from market.judgement.charges import accounts_of, asked_of, ledger_view
from market.judgement.decide import Decision, decide, verdict_ends_at
from market.judgement.question import Distrusted, QuestionInHand, read_question
from market.policy.budget.accounts import people_accounts
from market.policy.budget.verdict import Approve, ByHand
from market.policy.decision import Denied
from market.pricing.opening import Opening
from market.records.request import RequestedDataset
from market.records.session import SessionTerms
from market.vault.membership import Membership

ROWS = "def build(ds):\n    return {'rows': ds.count()}\n"
MEAN_COST = "def build(ds):\n    return {'cost': ds['cost'].mean()}\n"
SPENT = "def build(ds):\n    return {'spent': ds['spent'].sum()}\n"


@dataclass(frozen=True)
class Case:
    """A job of a consortium, and one of its members at home."""

    market: MembersMarket
    member: MemberAtHome
    job: Job

    def question(self, /, **changes: Any) -> QuestionInHand[Membership]:
        """As the agent reads it; `changes` are of the request its recipient signs."""
        request = self.market.request_for(self.job, **changes)
        signed = text(sign(request, by="olga"))
        work = work_of(self.market, self.job, self.member.membership.agent, request=signed)
        return read_question(work, self.member.membership)

    def decision(self, /, **changes: Any) -> Decision:
        question = self.question(**changes)
        view = ledger_view(self.member.store, question)
        return decide(question, view, now=self.market.now)


def a_case(
    root: Path,
    organisation: str = OLGA.organisation,
    question: str = ROWS,
    market: MembersMarket | None = None,
    policy: dict[str, Any] | None = None,
    **form: Any,
) -> Case:
    market = market or MembersMarket()
    member = a_member(root, organisation, market.consortium)
    if member.membership.member.table is not None:
        member.bind(**({"policy": a_policy(**policy)} if policy else {}))
    return Case(market, member, market.requested(question, **form))


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = a_case(tmp_path)
    yield made
    made.member.store.close()


def code(decision: Decision) -> str:
    assert isinstance(decision, Denied)
    return decision.code


def test_question_of_a_recipient_is_approved_at_the_members_own_cost(case: Case) -> None:
    decision = case.decision()
    assert isinstance(decision, Approve)
    (binding,) = case.member.membership.charged
    charged = {charge.account for charge in decision.cost.people}
    assert charged == set(people_accounts(binding))
    assert {charge.units for charge in decision.cost.whole} == {case.job.rho_units}
    assert decision.cost.key == ()


def test_member_without_data_judges_all_but_budget(tmp_path: Path) -> None:
    market = MembersMarket(a_join_proposal())
    case = a_case(tmp_path, HUGO.organisation, market=market)
    decision = case.decision()
    assert isinstance(decision, Approve)
    assert decision.cost.whole == ()
    assert accounts_of(case.question()) == ()
    assert code(case.decision(rho_units=10**14)) == "over-job-cap"


@pytest.mark.parametrize(
    "changes",
    [
        {"parties": (agent_of(OLGA.organisation),)},
        {"session": None},
        {"session": SessionTerms("0" * 64, is_verified=False)},
        {"recipient_key": "0" * 64},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_request_for_something_else_is_refused(case: Case, changes: dict[str, Any]) -> None:
    assert code(case.decision(**changes)) == "request-invalid"


@pytest.mark.parametrize("change", [{"manifest_hash": "0" * 64}, {"price_cents": 5}], ids=str)
def test_request_under_another_agreement_or_price_is_refused(
    case: Case, change: dict[str, Any]
) -> None:
    (asked,) = case.market.request_for(case.job).datasets
    assert code(case.decision(datasets=(replace(asked, **change),))) == "request-invalid"


def test_request_of_somebody_who_is_no_recipient_is_refused(case: Case) -> None:
    signed = text(sign(case.market.request_for(case.job), by="bob"))
    work = work_of(case.market, case.job, case.member.membership.agent, request=signed)
    question = read_question(work, case.member.membership)
    assert question.buyer == fingerprint("bob")
    view = ledger_view(case.member.store, question)
    assert code(decide(question, view, now=case.market.now)) == "not-a-recipient"


def test_request_of_several_datasets_is_left_alone(case: Case) -> None:
    """No record has them, nor has a union of a consortium's parties."""
    (asked,) = case.market.request_for(case.job).datasets
    another = RequestedDataset("zoo-visits", 1, "1" * 64, 0)
    with pytest.raises(ValueError, match="2 datasets, expected 1"):
        case.question(datasets=(asked, another))


def test_plan_that_was_not_signed_is_left_alone(case: Case) -> None:
    other = case.market.requested(MEAN_COST)
    plan = case.market.document(other, "plan")
    work = work_of(case.market, case.job, case.member.membership.agent, plan=plan)
    with pytest.raises(Distrusted, match="the plan is"):
        read_question(work, case.member.membership)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"statistics": ("mean",)}, "statistic-not-allowed"),
        ({"job_rho_units": 1}, "over-job-cap"),
        ({"budget_rho_units": 1, "buyer_rho_units": 1}, "over-budget"),
        ({"buyer_rho_units": 1}, "over-budget"),
    ],
    ids=str,
)
def test_members_own_policy_is_obeyed(
    tmp_path: Path, policy: dict[str, Any], expected: str
) -> None:
    assert code(a_case(tmp_path, policy=policy).decision()) == expected


def test_member_who_approves_by_hand_is_waited_for(tmp_path: Path) -> None:
    case = a_case(tmp_path, policy={"approval": "manual"})
    assert isinstance(case.decision(), ByHand)
    question = case.question()
    assert verdict_ends_at(question, now=case.market.now) == question.request.expires_at


def test_unverified_join_of_columns_is_refused_and_a_verified_one_is_not(tmp_path: Path) -> None:
    market = MembersMarket(a_join_proposal())
    case = a_case(tmp_path, CAROL.organisation, SPENT, market, verified="yes")
    terms = case.market.request_for(case.job).session
    assert terms is not None
    assert isinstance(case.decision(), Approve)
    unverified = replace(terms, is_verified=False)
    assert code(case.decision(session=unverified)) == "session-unverified"


def test_unbound_member_refuses(tmp_path: Path) -> None:
    market = MembersMarket()
    member = a_member(tmp_path, OLGA.organisation, market.consortium)
    assert code(Case(market, member, market.requested(ROWS)).decision()) == "table-unbound"


def test_every_run_is_new_as_a_whole(case: Case) -> None:
    asked = asked_of(case.question())
    assert asked.opening == Opening((), case.job.rho_units)


def test_approval_and_refusal_name_agreement_and_binding(case: Case) -> None:
    question, key = case.question(), case.member.home.signing_key()
    approval = make_approval(key, question, nonce="00", now=case.market.now)
    refusal = make_refusal(key, question, Denied("c", "m", "n"), now=case.market.now)
    hashes = case.member.membership.named_hashes
    assert len(hashes) == 2
    assert approval.record.manifest_hashes == refusal.record.manifest_hashes == hashes
    in_hand = replace(question, work=replace(question.work, approval=text(approval)))
    assert read_approval(in_hand) == approval


def test_approval_from_before_a_newer_table_was_bound_counts_no_more(case: Case) -> None:
    question, key = case.question(), case.member.home.signing_key()
    approval = make_approval(key, question, nonce="00", now=case.market.now)
    case.member.bind(version=2)
    with pytest.raises(Distrusted, match="manifests"):
        read_approval(
            replace(
                question,
                holding=case.member.membership,
                work=replace(question.work, approval=text(approval)),
            )
        )
