"""Which datasets somebody wants to see, as they choose it on a page: by access, price, licence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from market.entities.offer import Access, OfferFilter
from market.errors import Refused
from market.policy.drafts.draft_declared import cents_of

GRANTED: Final = "granted"
ACCESSES: Final[dict[Access, str]] = {
    "open": "open to all",
    "request": "on request",
    "invitation": "by invitation",
}
"""How each is called in a list."""
_DEAREST_CENTS: Final = 10**15
"""More than any job costs, and no more than a database counts."""
_NOBODY: Final = "nobody"
"""The holder of no grant: no fingerprint is written so."""


@dataclass(frozen=True, slots=True)
class WrittenFilter:
    """As it was written; an empty member asks nothing.

    Attributes:
        access: as a policy says it, or GRANTED: to whoever asks.
        price: what a job costs at most, as 2.50; 0 is free.
        licence: as listings say it, to the letter.
    """

    access: str = ""
    price: str = ""
    licence: str = ""

    def query(self) -> dict[str, str]:
        """The members that ask something, as they stand in an address."""
        return {name: text for name in self.__slots__ if (text := getattr(self, name))}

    def without(self, name: str) -> WrittenFilter:
        """The same, asking nothing by one member."""
        return replace(self, **{name: ""})


def access_choices() -> list[tuple[str, str]]:
    """What `access` may be, and what it is called."""
    return [*ACCESSES.items(), (GRANTED, "granted to me")]


def read_offer_filter(written: WrittenFilter, buyer: str, *, now: int) -> OfferFilter:
    """The datasets that a filter asks for.

    Args:
        buyer: fingerprint of the identity key of whoever asks; empty for none.

    Raises:
        Refused: `filter-malformed`.
    """
    return OfferFilter(
        access=_access(written.access),
        granted_to=(buyer or _NOBODY) if written.access == GRANTED else "",
        at=now,
        price_cents=_price(written.price),
        licence=written.licence,
    )


def _access(written: str) -> Access | None:
    found = next((one for one in ACCESSES if one == written), None)
    if written and found is None and written != GRANTED:
        raise Refused(
            "filter-malformed",
            f"{written!r:.80} is no kind of access.",
            f"Choose one of {', '.join(one for one, _ in access_choices())}.",
        )
    return found


def _price(written: str) -> int | None:
    if not written.strip():
        return None
    try:
        return min(cents_of(written.strip()), _DEAREST_CENTS)
    except ValueError as error:
        raise Refused(
            "filter-malformed",
            f"{written!r:.80} is no price.",
            "Write it as 2.50, or as 0 for what is free.",
        ) from error
