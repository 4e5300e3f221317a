"""With whose datasets together a dataset may be asked, in a text of a draft: a line for each set.

masked: visits-south abandon ability able ..., visits-west zoo zone youth ...

Before the colon `masked` or `plain` (market.records.union); after it every other dataset with its
owner's key, in the fifteen words or the fingerprint that its owner reads out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, get_args

from market.entities.draft import DraftContent
from market.plan.text import check_text
from market.records.fingerprint_words import fingerprint_of, words_of
from market.records.union import Partner, Together, Union, Values

_VALUES: Final[dict[str, Values]] = {name: name for name in get_args(Values)}


def together_of(content: DraftContent) -> Together:
    """The owner's word on unions (raises ValueError: a line is none, or they do not fit)."""
    lines = (line.strip() for line in content.unions.splitlines())
    unions = sorted(map(_union, filter(None, lines)), key=lambda union: union.names)
    dataset = content.dataset.strip()
    if any(dataset in union.names for union in unions):
        raise ValueError(f"{dataset} itself is among the others")
    return Together(content.sold_alone != "no", tuple(unions))


def unions_text(unions: Iterable[Union]) -> str:
    """Lines that `together_of` reads as these."""
    return "\n".join(
        f"{union.values}: "
        + ", ".join(f"{other.dataset} {words_of(other.owner)}" for other in union.others)
        for union in unions
    )


def _union(line: str) -> Union:
    values, colon, others = line.partition(":")
    if not colon or values.strip() not in _VALUES:
        raise ValueError(f"{line!r:.80} does not begin with masked: or plain:")
    partners = (_partner(other.strip()) for other in others.split(","))
    ordered = sorted(partners, key=lambda partner: partner.dataset)
    return Union(tuple(ordered), _VALUES[values.strip()])


def _partner(text: str) -> Partner:
    dataset, _, key = text.partition(" ")
    check_text("It", dataset)
    try:
        return Partner(dataset, fingerprint_of(key))
    except ValueError as error:
        raise ValueError(f"{dataset!r:.80} with its owner's key: {error}") from error
