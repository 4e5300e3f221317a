"""What an agent verifies of a question that asks other owners' data beside its own.

Its own owner has said with whom, by dataset and key (market.records.union). By those keys the
others' appointments are read, and by the appointments the mask keys the request names: whoever put
a mask key of their own into the question would learn what the masks hide. What the others hold, and
whether they allow it, is theirs to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.errors import FormatError
from crypto.identity import PublicKey
from crypto.pairwise_masks import KeyHolder, MaskKey, PairwiseMasks
from market.records.appointment import AgentAppointment
from market.records.first_difference import first_difference
from market.records.request import Request
from market.records.signed import open_signed
from market.records.union import Partner
from market.vault.holdings import Holding


@dataclass(frozen=True, slots=True)
class MaskedUnion:
    """Everybody whose masks cancel: `holders` in the order of the request's datasets, the agent's
    own place among them."""

    holders: tuple[KeyHolder, ...]
    own: int

    def masks(self, key: MaskKey, holding: Holding) -> PairwiseMasks:
        """What the agent adds to its shares (raises FormatError: it is not its own key)."""
        return PairwiseMasks(key, self.holders[self.own], self.holders, holding.parameters)


def other_keys(request: Request, holding: Holding, appointments: Sequence[str]) -> str:
    """The first of the others' keys in a request that is not as its owner has appointed it, or
    empty.

    Args:
        appointments: the others' owners' words as the platform shows them, in the order of the
            request's datasets.

    Raises:
        CryptoError: one is missing, or is not the word of the owner that this one has named.
    """
    terms, union = request.union, holding.together.union_with(request.beside(holding.asked.dataset))
    if terms is None or union is None:
        return ""
    if len(appointments) != len(union.others):
        raise FormatError(
            f"{len(appointments)} appointments of the others, expected {len(union.others)}"
        )
    named = dict(zip(request.names, terms.agents, strict=True))
    for partner, text in zip(union.others, appointments, strict=True):
        appointed = _appointment_of(partner, text)
        if found := first_difference(
            {f"agent of {partner.dataset}": (named[partner.dataset], appointed.keys)}
        ):
            return str(found)
    return ""


def masked_union(request: Request, holding: Holding) -> MaskedUnion | None:
    """Among whom the shares of a question are masked; None where they are not."""
    terms = request.union
    if terms is None or terms.values == "plain":
        return None
    holders = tuple(
        KeyHolder(keys.agent, keys.mask_key, asked.manifest_hash)
        for keys, asked in zip(terms.agents, request.datasets, strict=True)
    )
    return MaskedUnion(holders, request.names.index(holding.asked.dataset))


def _appointment_of(partner: Partner, text: str) -> AgentAppointment:
    signed = open_signed(AgentAppointment, text.encode())
    owner = PublicKey.parse(signed.signer).fingerprint()
    if owner != partner.owner:
        raise FormatError(
            f"the appointment of {partner.dataset} is signed by {owner}, its owner is "
            f"{partner.owner}"
        )
    return signed.record
