"""What buyers hand over so that their programs can be had: bundles, and sealed deploy tokens.

The bytes of a bundle are an object (`SentProgram.key`); here is which there are. A token is kept
as it was sealed (market.services.submit.repository_tokens), for one job, until that job is planned.
"""

from __future__ import annotations

from typing import Protocol

from market.entities.sent_program import SentProgram


class SentPrograms(Protocol):
    """Implementations decide each call as a whole: two senders at once count each other."""

    def note(self, program: SentProgram, *, most_bytes: int) -> None:
        """Note a program before its bytes are stored; the same again is needed anew.

        Args:
            most_bytes: how much the organisation's programs may have together.

        Raises:
            Refused: `programs-full`.
            NotFound: `no-organisation`.
        """

    def need(self, organisation: str, digest: str, *, now: int) -> bool:
        """Note that a job needs one, at unix seconds `now`; False where there is none."""

    def find(self, digest: str) -> list[SentProgram]:
        """Every organisation's of this digest, by organisation."""

    def of_organisation(self, organisation: str) -> list[SentProgram]:
        """All of an organisation's, by digest."""

    def due(self, *, before: int) -> list[SentProgram]:
        """Those that were last needed before this time, in unix seconds."""

    def forget(self, program: SentProgram) -> None:
        """Remove one, unless it was needed again since it was read."""

    def keep_token(self, job: str, sealed: str) -> None:
        """Keep the sealed token of a job that is stored; the first one stays."""

    def token(self, job: str) -> str:
        """The sealed token of a job; empty where there is none."""

    def jobs_with_token(self) -> list[str]:
        """The jobs that have a token, in order."""

    def drop_token(self, job: str) -> None:
        """Delete the token of a job; nothing happens if there is none."""
