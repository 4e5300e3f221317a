"""Reader keys of people, and results shared under them (market.entities.shared_result)."""

from __future__ import annotations

from typing import Protocol

from market.entities.shared_result import SharedWith


class SharedResults(Protocol):
    """Both go with the person whose they are (market.ports.people.People.remove_user)."""

    def put_reader_key(self, user: str, document: str) -> None:
        """Keep a user's signed reader key, in place of an earlier one."""

    def reader_key(self, user: str) -> str:
        """A user's signed reader key; empty where there is none."""

    def share(self, shared: SharedWith, *, most: int) -> None:
        """Keep what is shared, in place of what its recipient had of the same job.

        Args:
            most: how many results the organisation may have shared, those withdrawn not counted.

        Raises:
            Refused: `shared-full`.
        """

    def get(self, job: str, recipient: str) -> SharedWith:
        """What a recipient was given of a job.

        Raises:
            NotFound: `no-shared-result`.
        """

    def of_user(self, user: str) -> list[SharedWith]:
        """What a user has shared and was given, the newest first."""

    def of_organisation(self, organisation: str) -> list[SharedWith]:
        """All that is shared in an organisation, the newest first."""

    def given_to(self, user: str, *, limit: int) -> list[SharedWith]:
        """What a user was given, the newest first."""

    def withdraw(self, job: str, recipient: str, *, now: int) -> None:
        """Delete the document of what a recipient was given, and keep when; nothing happens if
        there is nothing, or none any more."""

    def put_away(self, job: str, recipient: str) -> None:
        """Delete what a recipient was given of a job; nothing happens if there is nothing."""

    def forget_before(self, shared_before: int) -> None:
        """Delete what was shared before this time, in unix seconds."""
