"""What an outsider can check of a receipt, offline: two signatures, a chain, a commitment.

A receipt's own word for its signers is nobody's. Whose keys they are comes from elsewhere: the
agent's stands in the manifest its owner signed, the platform's is what its operator reads out
(market.client.verify.known_keys).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from crypto import canonical
from crypto.errors import CryptoError
from market import wire
from market.errors import Refused
from market.records.first_difference import first_difference
from market.records.receipt import (
    Countersignature,
    CountersignedReceipt,
    Receipt,
    is_well_placed,
    plan_commitment,
)
from market.records.signed import open_signed, record_hash

SHOWS = (
    "the dataset's agent signed this receipt, and the platform countersigned it when it came",
    "which dataset version was asked, by which buyer's key, when, and for how much rho",
    "its place in the agent's chain: a receipt taken out or altered breaks the next one's hash",
    "that one plan, one request and one sealed envelope belong to it, each by a hash",
)
CANNOT_SHOW = (
    "the question: the commitment opens only with the salt, which the buyer has",
    "the result, or the noise in it: neither has left a trace here",
    "that no later receipt exists: compare with the newest the agent or the platform shows",
    "that the owner's data is true, or who the persons behind the keys are",
)


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """A receipt whose two signatures hold, and the keys (hex) that made them."""

    receipt: Receipt
    countersignature: Countersignature
    agent_key: str
    platform_key: str

    @property
    def hash(self) -> str:
        return record_hash(self.receipt)


def verify_receipt(
    data: bytes, *, agent_key: str | None = None, platform_key: str | None = None
) -> VerifiedReceipt:
    """Verify a countersigned receipt.

    Args:
        agent_key, platform_key: public keys in hex that must have signed; None accepts any and
            the caller decides by what it reads off the result.

    Raises:
        Refused: `receipt-invalid`, naming what does not hold.
    """
    try:
        both = wire.from_json(CountersignedReceipt, canonical.loads(data))
        receipt = open_signed(Receipt, both.receipt.encode(), signer=agent_key)
        word = open_signed(Countersignature, both.countersignature.encode(), signer=platform_key)
    except CryptoError as error:
        raise _invalid(f"{error}") from error
    expected = {
        "receipt hash": (word.record.receipt_hash, record_hash(receipt.record)),
        "envelope hash": (word.record.envelope_hash, receipt.record.envelope_hash),
    }
    if found := first_difference(expected):
        raise _invalid(f"the countersigned {found}")
    if not is_well_placed(receipt.record):
        raise _invalid(
            f"receipt {receipt.record.sequence} of the chain follows "
            f"{receipt.record.previous[:16]}; only the first follows none"
        )
    return VerifiedReceipt(receipt.record, word.record, receipt.signer, word.signer)


def verify_chain(receipts: Sequence[VerifiedReceipt]) -> tuple[VerifiedReceipt, ...]:
    """The receipts of one agent in order, each following the one before without a gap.

    Raises:
        Refused: `receipt-chain`, when one is missing, doubled, altered or of another agent.
    """
    ordered = sorted(receipts, key=lambda verified: verified.receipt.sequence)
    for before, after in itertools.pairwise(ordered):
        if before.agent_key != after.agent_key:
            raise _broken("two agents' receipts are not one chain")
        if after.receipt.sequence != before.receipt.sequence + 1:
            raise _broken(f"receipt {after.receipt.sequence} comes after {before.receipt.sequence}")
        if after.receipt.previous != before.hash:
            raise _broken(
                f"receipt {after.receipt.sequence} follows {after.receipt.previous[:16]}, "
                f"but receipt {before.receipt.sequence} is {before.hash[:16]}"
            )
    return tuple(ordered)


def verify_chains(receipts: Sequence[VerifiedReceipt]) -> tuple[VerifiedReceipt, ...]:
    """The receipts of several agents, each agent's as its own chain, agents in the order given.

    Raises:
        Refused: `receipt-chain`, as `verify_chain`.
    """
    agents = dict.fromkeys(verified.agent_key for verified in receipts)
    return tuple(
        verified
        for agent in agents
        for verified in verify_chain([one for one in receipts if one.agent_key == agent])
    )


def require_plan(verified: VerifiedReceipt, *, salt: str, plan_hash: str) -> None:
    """Return if the receipt commits to this plan.

    Raises:
        Refused: `receipt-plan`.
    """
    if plan_commitment(salt, plan_hash) != verified.receipt.plan_commitment:
        raise Refused(
            "receipt-plan",
            f"The receipt does not commit to plan {plan_hash[:16]} under this salt.",
            "It belongs to another question. Keep it as evidence; tell the dataset's owner.",
        )


def _invalid(reason: str) -> Refused:
    return Refused(
        "receipt-invalid",
        f"The receipt does not verify: {reason}.",
        "It proves nothing as it is. Ask for the file the portal hands out for the job.",
    )


def _broken(reason: str) -> Refused:
    return Refused(
        "receipt-chain",
        f"The receipts are not an unbroken chain: {reason}.",
        "Ask the agent's owner for the receipts in between; without them the chain shows a gap.",
    )
