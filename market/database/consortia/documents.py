"""Rows of consortia as the values they hold, their signatures verified.

A document read twice is verified once: the verified value is remembered by its whole text.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy.engine import Row

from market.entities.consortium import Consortium
from market.records.agreement import Consent, Departure, Joining, agree
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.signed import Record, Signed, open_signed

R = TypeVar("R", bound=Record)
_REMEMBERED: Final = 512


def consortium_of(
    proposal: str, seats: Iterable[Row[Any]], bindings: Iterable[Row[Any]]
) -> Consortium:
    """One agreement from its rows: seats in the order of their organisations, the newest binding
    of each agent in theirs.

    Raises:
        CryptoError: a stored document does not verify.
    """
    proposed, seats = opened(Proposal, proposal), list(seats)
    joinings = _present(Joining, [seat.joining for seat in seats])
    return Consortium(
        proposal=proposed,
        joinings=joinings,
        agreement=agree(proposed.record, joinings) if len(joinings) == len(seats) else None,
        consents=_present(Consent, [seat.consent for seat in seats]),
        bindings=tuple(opened(Binding, bound.document) for bound in bindings),
        departures=_present(Departure, [seat.departure for seat in seats]),
    )


def opened(kind: type[R], document: str) -> Signed[R]:
    """A stored document, its signature verified (raises CryptoError)."""
    signed: Signed[R] = _opened(kind, document)
    return signed


def _present(kind: type[R], documents: Iterable[str | None]) -> tuple[Signed[R], ...]:
    return tuple(opened(kind, document) for document in documents if document is not None)


@lru_cache(maxsize=_REMEMBERED)
def _opened(kind: Any, document: str) -> Any:
    return open_signed(kind, document.encode())
