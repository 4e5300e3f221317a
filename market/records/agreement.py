"""Whom each member of a consortium trusts, and for what: joined, agreed, consented, left.

    Joining    of each seat: the keys its member comes with
    Agreement  the proposal with all its members: all else names it by its hash
    Consent    of each member, over that hash and the sentence on who must not collude
    Departure  of a member: the agreement ends; whoever replaces them needs a new one

An agreement holds once every member has consented to it, and each reads and verifies the others'
consents themself, under keys compared by a channel other than the portal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from crypto.identity import FINGERPRINT_CHARACTERS, PublicKey
from market.plan.dataset_ids import check_ascending
from market.records.consortium import Proposal, Seat
from market.records.members import check_hash
from market.records.signed import Signed

_HOST: Final = re.compile(r"|[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")
_FINGERPRINT: Final = re.compile(rf"[0-9a-f]{{{FINGERPRINT_CHARACTERS}}}")


@dataclass(frozen=True, slots=True)
class Joining:
    """A seat is taken: signed with the member's identity key, for this proposal alone.

    `agent` is the public key (hex) of the agent that will answer for them; `address` the host where
    other members' agents reach it directly, or empty: then by the platform's relay. `recipients`
    are fingerprints, in ascending order, of their people to whom results may be sealed.
    """

    TAG: ClassVar[str] = "market/joining/1"

    proposal_hash: str
    organisation: str
    agent: str
    address: str
    recipients: tuple[str, ...]
    created_at: int

    def __post_init__(self) -> None:
        check_hash("proposal_hash", self.proposal_hash)
        PublicKey.parse(self.agent)
        if not _HOST.fullmatch(self.address):
            raise ValueError(f"address is {self.address!r:.80}, expected a host without port")
        check_recipients(self.recipients)


@dataclass(frozen=True, slots=True)
class Member:
    """A seat with the keys of who took it: identity and agent, in hex."""

    organisation: str
    owner_key: str
    agent: str
    table: int | None
    is_operator: bool
    address: str
    recipients: tuple[str, ...]

    def __post_init__(self) -> None:
        PublicKey.parse(self.owner_key)
        PublicKey.parse(self.agent)
        check_recipients(self.recipients)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What all members sign: the proposal, its members in the order of their agents' keys.

    A member's point, where their Shamir share is evaluated, is their place, from 1.
    """

    TAG: ClassVar[str] = "market/agreement/1"

    proposal: Proposal
    members: tuple[Member, ...]
    sentence: str

    def __post_init__(self) -> None:
        check_ascending("members", [member.agent for member in self.members])
        seated = tuple(
            Seat(member.organisation, member.table, member.is_operator)
            for member in sorted(self.members, key=lambda member: member.organisation)
        )
        if seated != self.proposal.seats:
            raise ValueError("its members are not those of its proposal's seats")
        if len({member.owner_key for member in self.members}) != len(self.members):
            raise ValueError("one key holds two seats")
        if not self.recipients:
            raise ValueError("no member names anybody to whom a result may be sealed")
        if self.sentence != must_not_collude(self.proposal):
            raise ValueError("its sentence is not that of its members")

    @property
    def parties(self) -> tuple[str, ...]:
        """The agents' keys, in order: the parties of every job."""
        return tuple(member.agent for member in self.members)

    @property
    def recipients(self) -> frozenset[str]:
        """Fingerprints of all to whom a result may be sealed."""
        return frozenset(one for member in self.members for one in member.recipients)

    def member_of(self, agent: str) -> Member:
        """The member an agent's key (hex) answers for (raises KeyError)."""
        for member in self.members:
            if member.agent == agent:
                return member
        raise KeyError(agent)

    def point_of(self, agent: str) -> int:
        """Where a member's share is evaluated, from 1."""
        return self.parties.index(agent) + 1


def check_recipients(recipients: tuple[str, ...]) -> None:
    """That these are fingerprints, each once, in order; there may be none (raises ValueError)."""
    for one in recipients:
        if not _FINGERPRINT.fullmatch(one):
            raise ValueError(
                f"recipient is {one!r:.80}, expected a fingerprint of 40 hex characters"
            )
    if list(recipients) != sorted(set(recipients)):
        raise ValueError("recipients: each once, in ascending order expected")


def must_not_collude(proposal: Proposal) -> str:
    """The one sentence everybody consents to: whose collusion breaks the promise."""
    if proposal.composition == "join":
        return _join_sentence(proposal)
    kept, broken = proposal.threshold, proposal.threshold + 1
    names = ", ".join(_named(seat) for seat in proposal.seats)
    few = "none alone learns anything" if kept == 1 else f"any {kept} together learn nothing"
    return (
        f"Among {names}, {few} of another's data but the noised results; {broken} or more who put "
        f"together what they have, or one who controls {broken} of them, learn everything."
    )


def _join_sentence(proposal: Proposal) -> str:
    first, second = (_named(_seat_of(proposal, table)) for table in (0, 1))
    helper = _named(_seat_of(proposal, None))
    return (
        f"{helper} learns how many people {first} and {second} have in common, and neither who "
        f"they are nor anything of them; if any two of {first}, {second} and {helper} put "
        "together what they have, or one controls two of them, they learn everything."
    )


def _seat_of(proposal: Proposal, table: int | None) -> Seat:
    return next(seat for seat in proposal.seats if seat.table == table)


def _named(seat: Seat) -> str:
    data = "" if seat.table is not None else " (without data)"
    return (
        f"{seat.organisation}{', the operator of the platform' if seat.is_operator else ''}{data}"
    )


def agree(proposal: Proposal, joinings: Sequence[Signed[Joining]]) -> Agreement:
    """The agreement of a proposal whose seats are all taken, by these (raises ValueError)."""
    seats = {seat.organisation: seat for seat in proposal.seats}
    members = [
        Member(
            joining.record.organisation,
            joining.signer,
            joining.record.agent,
            seats[joining.record.organisation].table,
            seats[joining.record.organisation].is_operator,
            joining.record.address,
            joining.record.recipients,
        )
        for joining in joinings
        if joining.record.organisation in seats
    ]
    in_order = tuple(sorted(members, key=lambda member: member.agent))
    return Agreement(proposal, in_order, must_not_collude(proposal))


@dataclass(frozen=True, slots=True)
class Consent:
    """A member's word: these members, these keys, this sentence. Signed with the identity key that
    the agreement names for them."""

    TAG: ClassVar[str] = "market/consent/1"

    agreement_hash: str
    organisation: str
    sentence: str
    created_at: int

    def __post_init__(self) -> None:
        check_hash("agreement_hash", self.agreement_hash)


@dataclass(frozen=True, slots=True)
class Departure:
    """A member leaves: nothing is computed under this agreement any more."""

    TAG: ClassVar[str] = "market/departure/1"

    agreement_hash: str
    organisation: str
    created_at: int

    def __post_init__(self) -> None:
        check_hash("agreement_hash", self.agreement_hash)
