"""What was opened of every table, sum by sum: only what is new is charged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from market.pricing.opening import Had, Opening


@dataclass(frozen=True, slots=True)
class Release:
    """An agent's release of one table to one buyer, or the next one, that has no place yet.

    Attributes:
        chain: the agent whose noise the sums carry: its key in hex.
        sequence: the place of its receipt in the agent's chain; None of the next one.
        buyer: fingerprint of the buyer's key.
    """

    chain: str
    sequence: int | None
    manifest_hash: str
    buyer: str


class Openings(Protocol):
    def had(self, release: Release, opening: Opening) -> Had:
        """What the chain's releases before this one have opened of the families of `opening`, of
        the same table."""

    def record(self, release: Release, opening: Opening) -> None:
        """Remember what a release opened; what is known of its place in the chain stays.

        Raises:
            ValueError: it has no place.
        """
