"""What this agent has opened, for whom: who asks again pays nothing (market.policy.repeats)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from market.policy.repeats import Novelty, novelty_of
from market.vault.store.tables import RELEASE


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the store sees it; `opening` is what it opens (market.pricing.opening)."""

    job: str
    request_hash: str
    request_nonce: str
    buyer: str
    opening: str
    rho_units: int


def released_to(connection: Connection, asked: Asked) -> Novelty:
    """Whether what a request opens was released before, and to whom."""
    same = select(RELEASE.c.buyer).where(RELEASE.c.opening == asked.opening).distinct()
    return novelty_of(asked.buyer, set(connection.execute(same).scalars()))


def record_release(connection: Connection, asked: Asked, sequence: int) -> None:
    """Remember what was opened for whom, beside its receipt; the database refuses a second answer
    to one request."""
    connection.execute(
        insert(RELEASE).values(
            request_hash=asked.request_hash,
            job=asked.job,
            buyer=asked.buyer,
            opening=asked.opening,
            sequence=sequence,
        )
    )
