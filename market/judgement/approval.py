"""What makes an approval good for one release: who signed it, for which request, until when.

Under an automatic policy the agent's own signature counts, since the agent decided; under a manual
one the owner's alone. An approval from before the owner took it into their hand counts: the agent
signs none after. The platform's word that a job was approved counts for nothing.
"""

from __future__ import annotations

from crypto.errors import CryptoError
from crypto.identity import SigningKey
from market.errors import Refused
from market.judgement.held import Held
from market.judgement.question import Distrusted, QuestionInHand
from market.policy.decision import Denied
from market.pricing.loss import compared_losses
from market.records.approval import Approval, Refusal
from market.records.first_difference import first_difference
from market.records.signed import Signed, open_signed, sign_record


def make_approval(
    key: SigningKey, question: QuestionInHand[Held], *, nonce: str, now: int
) -> Signed[Approval]:
    """An approval of this question, for as long as its request holds."""
    request, holding = question.request, question.holding
    return sign_record(
        key,
        Approval(
            job=request.job,
            party=holding.agent,
            request_hash=question.request_hash,
            plan_hash=question.plan_hash,
            manifest_hashes=holding.named_hashes,
            buyer=question.buyer,
            recipient_key=request.recipient_key,
            rho_units=request.rho_units,
            nonce=nonce,
            created_at=now,
            expires_at=request.expires_at,
        ),
    )


def make_refusal(
    key: SigningKey, question: QuestionInHand[Held], denied: Denied, *, now: int
) -> Signed[Refusal]:
    """A refusal of this question, with the reason its buyer reads."""
    return sign_record(
        key,
        Refusal(
            job=question.work.job,
            party=question.holding.agent,
            request_hash=question.request_hash,
            manifest_hashes=question.holding.named_hashes,
            code=denied.code,
            message=denied.message,
            next_action=denied.next_action,
            created_at=now,
        ),
    )


def read_approval(question: QuestionInHand[Held]) -> Signed[Approval]:
    """The approval that came with a job, verified for this question.

    Raises:
        Distrusted: there is none, it is not signed by the one whose word counts, or it approves
            something else.
    """
    job, holding = question.work.job, question.holding
    if question.work.approval is None:
        raise Distrusted(job, "it has no approval")
    by_hand = holding.is_by_hand
    signers = {holding.owner_key} if by_hand else {holding.owner_key, holding.agent}
    try:
        approval = open_signed(Approval, question.work.approval.encode())
    except CryptoError as error:
        raise Distrusted(job, f"its approval does not verify: {error}") from error
    if approval.signer not in signers:
        raise Distrusted(job, f"its approval is signed by {approval.signer[:16]}")
    record, request = approval.record, question.request
    expected = {
        "job": (record.job, job),
        "party": (record.party, holding.agent),
        "request": (record.request_hash, question.request_hash),
        "plan": (record.plan_hash, question.plan_hash),
        "manifests": (record.manifest_hashes, holding.named_hashes),
        "buyer": (record.buyer, question.buyer),
        "recipient key": (record.recipient_key, request.recipient_key),
        "cost": compared_losses(record.rho_units, request.rho_units, holding.policy.delta),
    }
    if found := first_difference(expected):
        raise Distrusted(job, f"its approval's {found}")
    return approval


def check_in_time(question: QuestionInHand[Held], approval: Approval, *, now: int) -> None:
    """Approved while the request held, and used while the approval holds.

    Raises:
        Refused: `approval-expired`.
    """
    if not approval.created_at < question.request.expires_at or now >= approval.expires_at:
        raise Refused(
            "approval-expired",
            f"The approval held until {approval.expires_at}; it is {now}.",
            "Sign the job again; nothing was spent.",
        )
