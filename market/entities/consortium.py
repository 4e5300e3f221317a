"""A consortium as the platform knows it: signed documents, and how far it has come with them.

    proposed ──all seats taken──▶ joined ──all consents──▶ agreed ──a member leaves──▶ ended

The platform keeps and forwards; it decides nothing of this. Every member's client and agent build
the same value from the same documents, by the same rules (market.policy.consortia.consortium).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.records.agreement import Agreement, Consent, Departure, Joining, Member
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.signed import Signed, record_hash

ConsortiumState = Literal["proposed", "joined", "agreed", "ended"]


@dataclass(frozen=True, slots=True)
class Consortium:
    """One agreement of a consortium, from its proposal on.

    Attributes:
        joinings, consents, departures: each signed by one member's identity key; in the order of
            their organisations.
        agreement: made of proposal and joinings once every seat is taken, else None.
        bindings: the newest of every member with data that has bound a table; in the order of
            their agents.
    """

    proposal: Signed[Proposal]
    joinings: tuple[Signed[Joining], ...] = ()
    agreement: Agreement | None = None
    consents: tuple[Signed[Consent], ...] = ()
    bindings: tuple[Signed[Binding], ...] = ()
    departures: tuple[Signed[Departure], ...] = ()

    @property
    def consortium(self) -> str:
        """Its id, a dataset's."""
        return self.proposal.record.consortium

    @property
    def number(self) -> int:
        """Which of the consortium's agreements, from 1."""
        return self.proposal.record.number

    @property
    def organisations(self) -> tuple[str, ...]:
        """Of all seats, taken or not."""
        return tuple(seat.organisation for seat in self.proposal.record.seats)

    @property
    def agreement_hash(self) -> str:
        """What all else names it by; empty before every seat is taken."""
        return record_hash(self.agreement) if self.agreement else ""

    @property
    def state(self) -> ConsortiumState:
        """How far it has come."""
        if self.departures:
            return "ended"
        if self.agreement is None:
            return "proposed"
        return "agreed" if len(self.consents) == len(self.organisations) else "joined"

    @property
    def open_seats(self) -> tuple[str, ...]:
        """Organisations that have not joined."""
        joined = {one.record.organisation for one in self.joinings}
        return tuple(one for one in self.organisations if one not in joined)

    @property
    def awaited_consents(self) -> tuple[str, ...]:
        """Organisations that have joined, once all have, and not consented."""
        if self.agreement is None:
            return ()
        said = {one.record.organisation for one in self.consents}
        return tuple(one for one in self.organisations if one not in said)

    def binding_of(self, agent: str) -> Signed[Binding] | None:
        """The newest binding of a member's agent (key in hex), None where there is none."""
        return next((one for one in self.bindings if one.record.agent == agent), None)

    @property
    def unbound(self) -> tuple[Member, ...]:
        """Members with data that have bound no table yet: nothing can be asked before."""
        members = self.agreement.members if self.agreement else ()
        return tuple(
            one for one in members if one.table is not None and self.binding_of(one.agent) is None
        )
