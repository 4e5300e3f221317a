"""What the catalogue's page says of a search: by what it is narrowed, and the way out of each."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from market.policy.finding.offer_filter import WrittenFilter, access_choices


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One of the things that a search asks: in words, and the address of the search without it."""

    what: str
    address: str


def narrowed_by(words: str, written: WrittenFilter) -> list[Narrowing]:
    """All that it asks; nothing for the whole catalogue."""
    asked = {"words": words} if words.strip() else {}
    found = [Narrowing(f"“{words.strip()}”", _address(written.query()))] if asked else []
    labels = {
        "access": dict(access_choices()).get(written.access, written.access),
        "price": "free" if written.price.strip() == "0" else f"up to {written.price.strip()}",
        "licence": written.licence,
    }
    for name in written.query():
        without = asked | written.without(name).query()
        found.append(Narrowing(labels[name], _address(without)))
    return found


def _address(query: dict[str, str]) -> str:
    return f"/?{urlencode(query)}" if query else "/"
