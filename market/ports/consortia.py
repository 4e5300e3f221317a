"""Where consortia live: what their members signed, kept as the exact text that was signed."""

from __future__ import annotations

from typing import Protocol

from market.entities.consortium import Consortium
from market.records.agreement import Consent, Departure, Joining
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.signed import Signed


class Consortia(Protocol):
    """Consortia by id and number of their agreement; adding one document again changes nothing."""

    def propose(self, proposal: Signed[Proposal], proposer: str, *, now: int) -> None:
        """Store a proposal, and claim its id among consortia and datasets alike.

        Raises:
            Conflict: `consortium-exists`: this number is proposed already, by another document;
                `dataset-of-another`: the id is a dataset's.
        """

    def get(self, consortium: str, number: int) -> Consortium:
        """One agreement (raises NotFound, `no-consortium`)."""

    def newest(self, consortium: str) -> Consortium:
        """The agreement with the highest number (raises NotFound, `no-consortium`)."""

    def of_organisation(self, organisation: str) -> list[Consortium]:
        """The newest agreements in which an organisation has a seat, in the order of their ids."""

    def agreed(self) -> list[Consortium]:
        """The newest agreement of every consortium, where it holds now."""

    def add_joining(self, consortium: str, number: int, joining: Signed[Joining]) -> Consortium:
        """Take a seat; the last one makes the agreement.

        Raises:
            Conflict: `seat-taken`: by another document. NotFound: `no-consortium`, `no-seat`.
        """

    def add_consent(self, consortium: str, number: int, consent: Signed[Consent]) -> Consortium:
        """Keep a member's consent (raises Conflict `consent-differs`, NotFound)."""

    def add_binding(self, consortium: str, number: int, binding: Signed[Binding]) -> Consortium:
        """Keep a member's binding; a newer one takes its place.

        Raises:
            Conflict: `binding-differs`: another one of this version, or a newer one, is there.
        """

    def add_departure(
        self, consortium: str, number: int, departure: Signed[Departure]
    ) -> Consortium:
        """Keep a member's departure: the agreement has ended."""
