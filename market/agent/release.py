"""From an evaluated job to a committed release: everything derived again, then one transaction.

Two parts: `compute_release` may ask the platform for chunks; `commit_computed`, in which the noise
is sampled, asks nobody, so that no request of the agent can follow upon a sample (decision 0002).

Nothing the platform computed goes into a share. What it says of the job (approved, evaluated) only
makes the agent look: the request, the approval, the plan and the price are verified here, against
the documents in the agent's own directory and its own ledger.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial

from crypto import canonical
from crypto.envelope import envelope_info, seal
from crypto.identity import SigningKey
from market import wire
from market.agent.recompute import Fetch
from market.agent.shares import Shares, UnnoisedShares, compute_shares, noise_and_mask
from market.judgement.approval import check_in_time, read_approval
from market.judgement.charges import asked_of, ledger_view
from market.judgement.decide import judge
from market.judgement.question import Distrusted, QuestionInHand
from market.judgement.union import masked_union
from market.policy.budget.verdict import Approve
from market.policy.decision import Denied
from market.pricing.quote import Quote
from market.records.approval import Approval
from market.records.delivery import Envelope, EnvelopeHeader, SealedShares
from market.records.receipt import Receipt, plan_commitment, receipted
from market.records.signed import record_hash, sign_record
from market.vault.holdings import Holding
from market.vault.home import AgentHome, Entropy
from market.vault.keys import read_constants, read_keys
from market.vault.membership import Membership
from market.vault.standings import read_serving
from market.vault.store.opening import AgentStore
from market.vault.store.spending import Allowed, Sealed, commit_release

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Computed:
    """A release that needs its noise and its place in the ledger, and nobody's word any more."""

    question: QuestionInHand[Holding]
    approval: Approval
    approve: Approve
    price: Quote
    unnoised: tuple[UnnoisedShares, ...]


@dataclass(frozen=True, slots=True)
class Sealing:
    """What a release's documents are made of, but their place in the chain of receipts."""

    question: QuestionInHand[Holding]
    shares: Shares
    agent: SigningKey
    salt: str
    now: int


def compute_release(
    home: AgentHome,
    store: AgentStore,
    question: QuestionInHand[Holding],
    fetch: Fetch,
    *,
    now: int,
) -> Computed:
    """Everything of a release but its noise: nothing is spent, nothing sampled.

    Raises:
        Distrusted: the approval is not one for this question.
        Refused: a rule says no, or a chunk is not the manifest's; nothing was spent.
        Unavailable: a chunk could not be fetched now; nothing was spent.
    """
    store.check_reconciled()
    approval = read_approval(question).record
    check_in_time(question, approval, now=now)
    # Before anything is fetched or multiplied: what the rules refuse costs a reading, not a table.
    approve = judge(question, ledger_view(store, question), now=now)
    if isinstance(approve, Denied):
        raise approve.error()
    holding, price = question.holding, question.need_price()
    keys = read_keys(home, holding.manifest.record)
    sums = [name for one in price.outputs if one.degree == 1 for name in one.columns]
    constants = read_constants(home, holding.manifest.record, sums)
    unnoised = compute_shares(price.outputs, holding, constants, keys, fetch)
    return Computed(question, approval, approve, price, unnoised)


def judged_anew(
    store: AgentStore, computed: Computed, holding: Holding | Membership, *, now: int
) -> Computed:
    """A release by what its owner says by now (`holding`): products take minutes to compute, and a
    grant that was revoked meanwhile, or terms that were narrowed, count.

    Raises:
        Refused: a rule says no; nothing was sampled, nothing spent.
    """
    question = computed.question
    if holding == question.holding:
        return computed
    if not isinstance(holding, Holding):
        raise Distrusted(question.work.job, "what it asks is a consortium by now")
    question = replace(question, holding=holding)
    approve = judge(question, ledger_view(store, question), now=now)
    if isinstance(approve, Denied):
        raise approve.error()
    return replace(computed, question=question, approve=approve)


def commit_computed(
    home: AgentHome, store: AgentStore, computed: Computed, *, now: int, entropy: Entropy
) -> None:
    """Add the noise, debit, and store the reply; nothing is sent here, nobody is asked.

    Raises:
        Refused: over budget by now, a nonce was spent by another request, or the owner has said
            meanwhile that this is not answered; nothing was spent.
    """
    question = computed.question
    # The noise is sampled before the transaction begins.
    sealing = Sealing(
        question,
        noised_shares(home, computed),
        home.signing_key(),
        entropy(SALT_BYTES).hex(),
        now,
    )
    commit_release(
        store,
        Allowed(asked_of(question), computed.approve, computed.approval.expires_at),
        approval_nonce=computed.approval.nonce,
        seal=partial(_seal_if_served, home, sealing),
        now=now,
    )


def _seal_if_served(
    home: AgentHome, sealing: Sealing, sequence: int, previous: str, charged: int
) -> Sealed:
    # What the owner said while the shares were computed counts too.
    listing = sealing.question.holding.listing
    serving = read_serving(home, listing.record.dataset, listing.signer)
    if denied := serving.refusal(listing.record.dataset, listing.record.version):
        raise denied.error()
    return seal_release(sealing, sequence, previous, charged)


def noised_shares(home: AgentHome, computed: Computed) -> Shares:
    """The noised shares of every output of the question, and of nothing else; under masks where
    they are to be seen in the sum with other owners' alone."""
    question = computed.question
    holding, union = question.holding, masked_union(question.request, question.holding)
    keys = read_keys(home, holding.manifest.record)
    masks = union.masks(home.mask_key(), holding) if union is not None else None
    return noise_and_mask(computed.unnoised, computed.price.outputs, holding, keys, masks)


def seal_release(sealing: Sealing, sequence: int, previous: str, charged: int) -> Sealed:
    """Envelope and receipt for one place in the chain; a pure function but for HPKE's own key."""
    question, holding = sealing.question, sealing.question.holding
    identifier = receipt_id(sealing.agent.public.hex, question.request_hash)
    envelope = _envelope(sealing, identifier)
    signed_envelope = sign_record(sealing.agent, envelope)
    receipt = Receipt(
        receipt=identifier,
        sequence=sequence,
        previous=previous,
        datasets=(receipted(holding.manifest.record, holding.manifest_hash),),
        buyer=question.buyer,
        rho_units=charged,
        plan_commitment=plan_commitment(sealing.salt, question.plan_hash),
        request_hash=question.request_hash,
        envelope_hash=record_hash(envelope),
        issued_at=sealing.now,
    )
    signed_receipt = sign_record(sealing.agent, receipt)
    return Sealed(
        signed_envelope.encode().decode(), signed_receipt.encode().decode(), record_hash(receipt)
    )


def receipt_id(agent: str, request_hash: str) -> str:
    """One receipt for one request: 32 hex characters of a hash over agent key and request."""
    text = f"market/receipt-id/1\x00{agent}\x00{request_hash}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _envelope(sealing: Sealing, identifier: str) -> Envelope:
    question, agent = sealing.question, sealing.agent.public.hex
    recipient = question.request.recipient_key
    header = EnvelopeHeader(
        receipt=identifier,
        job=question.work.job,
        request_hash=question.request_hash,
        plan_hash=question.plan_hash,
        manifest_hashes=question.request.manifest_hashes,
        outputs=sealing.shares.opened,
        platform_digest=sealing.shares.platform_digest,
        parameters=question.holding.parameters.name,
        agent=agent,
        recipient_key=recipient,
    )
    return sealed_envelope(header, SealedShares(sealing.shares.sealed, sealing.salt))


def sealed_envelope(header: EnvelopeHeader, shares: SealedShares) -> Envelope:
    """Shares sealed to the header's recipient under the header itself."""
    sealed = seal(
        canonical.dumps(wire.to_json(shares)),
        recipient=header.recipient_key,
        info=envelope_info(header.agent, header.recipient_key),
        aad=wire.encode(header),
    )
    return Envelope(header, sealed)
