"""Drafts of listings, as organisations keep them (market.entities.draft)."""

from __future__ import annotations

from typing import Protocol

from market.entities.draft import Draft, DraftContent


class Drafts(Protocol):
    def add(
        self, organisation: str, content: DraftContent, *, by: str, most: int, now: int
    ) -> Draft:
        """Keep a new draft under the next number, at revision 1.

        Args:
            by: the user who starts it.
            most: how many drafts the organisation may have.

        Raises:
            Refused: `drafts-full`.
        """

    def get(self, number: int) -> Draft:
        """A draft by its number.

        Raises:
            NotFound: `no-draft`.
        """

    def of_organisation(self, organisation: str) -> list[Draft]:
        """Every draft of an organisation, the one that was saved last first."""

    def save(
        self, number: int, content: DraftContent, *, revision: int, by: str, now: int
    ) -> Draft:
        """Replace revision `revision` by the next one; the same content again changes nothing.

        Raises:
            NotFound: `no-draft`.
            Conflict: `draft-changed`: it has another revision, with other content, meanwhile.
        """

    def take_up(self, number: int, *, revision: int, by: str, now: int) -> Draft:
        """Write down that `by` has taken a revision up; the same one again changes nothing.

        Raises:
            NotFound: `no-draft`.
            Conflict: `draft-taken`: somebody else has; `draft-changed`: it has another revision.
        """

    def delete(self, number: int) -> None:
        """Delete a draft, for good; its number is used by no other.

        Raises:
            NotFound: `no-draft`.
        """
