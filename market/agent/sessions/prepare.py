"""From a sealed job to a session that may begin: everything verified again, nothing spent.

What the platform says of the job only makes the agent look. The request, the approval, every
member's joining and the rules are verified against the documents in the agent's own home and its
own ledger; the seal is made here. Whoever forwarded another document to somebody has made that one
another seal, and their workers do not speak with each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crypto.errors import CryptoError
from crypto.mpc.certificates import SessionIdentity
from crypto.mpc.specification import ProgramCall
from market.agent.sessions.program import program_of
from market.errors import Refused
from market.judgement.approval import check_in_time, read_approval
from market.judgement.charges import asked_of, ledger_view
from market.judgement.decide import judge
from market.judgement.question import Distrusted, QuestionInHand
from market.policy.budget.verdict import Approve
from market.policy.decision import Denied
from market.pricing.quote import Quote
from market.records.approval import Approval
from market.records.sealed_session import SealedSession, seal_session
from market.vault.consortia import read_membership
from market.vault.home import AgentHome
from market.vault.membership import Membership
from market.vault.sessions import read_identity
from market.vault.store.opening import AgentStore
from market.vault.store.sessions import Run
from market.vault.store.spending import Allowed


@dataclass(frozen=True, slots=True)
class Prepared:
    """A session that needs nobody's word any more but its workers'."""

    question: QuestionInHand[Membership]
    price: Quote
    approval: Approval
    approve: Approve
    session: SealedSession
    identity: SessionIdentity
    program: ProgramCall

    @property
    def job(self) -> str:
        """Whose session it is."""
        return self.question.work.job

    @property
    def is_verified(self) -> bool:
        """Whether members verify each other's arithmetic."""
        terms = self.question.request.session
        return terms is not None and terms.is_verified

    @property
    def allowed(self) -> Allowed:
        """What its charge is debited by."""
        return Allowed(asked_of(self.question), self.approve, self.approval.expires_at)

    @property
    def run(self) -> Run:
        """What of it outlives the agent's process."""
        question = self.question
        return Run(
            asked_of(question),
            question.holding.receipted,
            question.plan_hash,
            self.session.seal,
        )


def prepare_session(
    home: AgentHome, store: AgentStore, question: QuestionInHand[Membership], *, now: int
) -> Prepared:
    """Verify a sealed job once more; nothing is read of the table yet.

    Raises:
        Distrusted: approval or joinings are not what their signers gave for this question.
        Refused: a rule says no, or `session-key-missing`; nothing was spent.
        FormatError: the plan is more than a session can hold.
    """
    store.check_reconciled()
    approval = read_approval(question).record
    check_in_time(question, approval, now=now)
    approve = judge(question, ledger_view(store, question), now=now)
    if isinstance(approve, Denied):
        raise approve.error()
    session = _sealed(question, now=now)
    identity = read_identity(home, question.request_hash)
    own = session.joins[question.holding.agent]
    if own.certificate != identity.certificate:
        raise Distrusted(question.work.job, "this agent joined it with another certificate")
    price = question.need_price()
    program = program_of(question.holding.agreement, price)
    return Prepared(question, price, approval, approve, session, identity, program)


def judged_anew(home: AgentHome, store: AgentStore, prepared: Prepared, *, now: int) -> Prepared:
    """A session by what its member says by now: a table is read, and others are waited for, in the
    meantime.

    Raises:
        Refused: a rule says no, or the member has bound another table; nothing was spent.
    """
    question, asked = prepared.question, prepared.question.holding.asked
    membership = read_membership(home, asked.dataset, asked.version)
    if membership == question.holding:
        return prepared
    if membership.named_hashes != question.holding.named_hashes:
        raise Refused(
            "table-changed",
            "A member has bound another table since the session was approved.",
            "Nothing was spent. Submit the job again.",
        )
    question = replace(question, holding=membership)
    approve = judge(question, ledger_view(store, question), now=now)
    if isinstance(approve, Denied):
        raise approve.error()
    return replace(prepared, question=question, approve=approve)


def _sealed(question: QuestionInHand[Membership], *, now: int) -> SealedSession:
    job, agreement = question.work.job, question.holding.agreement
    try:
        session = seal_session(agreement, job, question.request_hash, question.work.joins)
    except CryptoError as error:
        raise Distrusted(job, f"its session cannot be sealed: {error}") from error
    ends_at = min(join.expires_at for join in session.joins.values())
    if now >= ends_at:
        raise Refused(
            "joining-expired",
            f"A member's joining held until {ends_at}; it is {now}.",
            "Submit the job again; nothing was spent.",
        )
    return session
