"""Where consortia live: what their members signed, kept as the exact text that was signed.

What may follow what is said by market.policy.consortia.consortium, whose refusals every method here
passes on; of two who come at once the second is judged by what the first has left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from market.entities.consortium import Consortium
from market.records.agreement import Consent, Departure, Joining
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.signed import Signed


class Consortia(Protocol):
    """Consortia by id and by number of their proposal; one document again changes nothing."""

    def has(self, consortium: str) -> bool:
        """Whether the id is a consortium's."""

    def propose(self, proposal: Signed[Proposal], *, now: int) -> None:
        """Keep the next proposal of a consortium; the first claims its id.

        Raises:
            Conflict: `consortium-exists`; `dataset-of-another`: the id is a dataset's.
        """

    def get(self, consortium: str, number: int) -> Consortium:
        """One agreement (raises NotFound, `no-consortium`)."""

    def newest(self, consortium: str) -> Consortium:
        """The agreement with the highest number (raises NotFound, `no-consortium`)."""

    def of_organisation(self, organisation: str) -> list[Consortium]:
        """Of consortia whose newest agreement gives this organisation a seat, that one, by id."""

    def has_seat(self, organisation: str) -> bool:
        """Whether there is one: without reading what its members signed."""

    def all_newest(self) -> list[Consortium]:
        """The newest agreement of every consortium, by id."""

    def agreed(self) -> list[Consortium]:
        """The newest agreement of every consortium, where it holds now; by id."""

    def add_joining(self, consortium: str, number: int, joining: Signed[Joining]) -> Consortium:
        """Take a seat; the last one makes the agreement.

        Raises:
            NotFound: `no-consortium`, `no-seat`. Conflict: `consortium-superseded`: not the newest;
                `seat-taken`. Refused: as `with_joining`.
        """

    def add_consent(self, consortium: str, number: int, consent: Signed[Consent]) -> Consortium:
        """Keep a member's consent (raises as `with_consent`, and as `add_joining`)."""

    def add_binding(
        self,
        consortium: str,
        number: int,
        binding: Signed[Binding],
        *,
        owner: str,
        caps: Mapping[str, int],
        now: int,
    ) -> Consortium:
        """Keep a member's next binding and set the caps of its accounts, together or not at all.

        Args:
            owner: user id of whom the bound table belongs to.

        Raises:
            As `with_binding`, and as `add_joining`. Refused: `cap-below-spending`.
        """

    def add_departure(
        self, consortium: str, number: int, departure: Signed[Departure]
    ) -> Consortium:
        """Keep a member's departure (raises as `with_departure`, and as `add_joining`)."""

    def bindings_of(self, owner: str) -> dict[str, Signed[Binding]]:
        """The newest binding of an owner's in every consortium, whatever became of it, by its id.

        Their people's budget does not end with an agreement.
        """
