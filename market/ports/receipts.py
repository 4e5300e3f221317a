"""The agents' chains of receipts, as the platform has them, and what does not continue one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from market.entities.fork import Fork
from market.records.receipt import Receipt
from market.records.signed import Signed


class Receipts(Protocol):
    def append(self, receipt: Signed[Receipt], *, now: int) -> None:
        """Put a receipt at the end of its signer's chain; one that is there changes nothing.

        Raises:
            Conflict: `receipt-forked`: another has its place, or it follows another than the last;
                both are kept as a fork.
            Unavailable: `receipt-early`: those before it have not come yet.
        """

    def head(self, agent: str) -> tuple[int, str]:
        """Sequence and hash of the newest receipt of an agent (its key in hex); 0 and zeros before
        the first."""

    def chain(self, agent: str, *, after: int, limit: int) -> list[Signed[Receipt]]:
        """The next receipts of an agent with a higher sequence than `after`, in order."""

    def forks(self, agents: Iterable[str] | None, *, after: int, limit: int) -> list[Fork]:
        """The next of what was refused of these agents, of all for None, oldest first: with a
        higher number than `after`."""
