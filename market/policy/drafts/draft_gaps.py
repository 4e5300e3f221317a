"""What a draft still lacks before it can be taken up, field by field, in words.

A draft without gaps is a declaration that an owner's client reads
(market.owner.declaration.describe), and so the first step of the way from a draft to a listed
dataset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from crypto.errors import CryptoError
from market.entities.draft import DraftColumn, DraftContent
from market.plan.dataset_ids import DATASET_ID, DATASET_ID_RULE
from market.plan.statistics import BY_KIND
from market.plan.text import check_text
from market.policy.drafts.draft_declared import (
    bins_of,
    cents_of,
    column_of,
    decimal_of,
    null_rule_of,
    policy_of,
    population_of,
    references_of,
    schema_of,
    separator_of,
    unit_of,
    whole_of,
    written_of,
)
from market.policy.drafts.draft_items import codes_of, items_of
from market.policy.drafts.draft_unions import together_of

_TEXTS: Final = ("title", "summary", "provenance", "licence", "terms")
_ASKED: Final = {
    "title": "Give it a title.",
    "summary": "Say what the table is about.",
    "provenance": "Say where the data comes from.",
    "licence": "Choose a licence, or write your own.",
    "terms": "Say on what terms answers may be used.",
    "capacity_rows": "Say how many rows it may ever hold.",
    "unit_meaning": "Say whose privacy is protected.",
    "budget_epsilon": "Say how much everybody together may learn.",
    "buyer_epsilon": "Say how much one buyer may learn.",
    "job_epsilon": "Say how much one question may cost.",
    "delta": "Give delta, such as 0.000001.",
    "access": "Choose who may ask.",
    "approval": "Choose who answers.",
    "recomputation": "Choose whether products of columns are answered.",
    "price": "Give a price; 0 is free.",
    "epoch": "Give the period, 1 for the first.",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """What one field lacks. A column's are `columns.3.low`, those of a whole column `columns.3`,
    counted from 0."""

    field: str
    sentence: str


def gaps_of(content: DraftContent) -> tuple[Gap, ...]:
    """Everything that is missing or wrong, in the order of the form; empty for a whole draft."""
    found = [*_about(content), *_people(content), *_policy(content), *_columns(content)]
    return tuple(found) or tuple(_whole(content))


def _about(content: DraftContent) -> Iterator[Gap]:
    if not DATASET_ID.fullmatch(content.dataset.strip()):
        yield Gap("dataset", f"Give its id: {DATASET_ID_RULE}.")
    for name in _TEXTS:
        yield from _text(content, name, lines=name != "title")
    yield from _read(content, "capacity_rows", whole_of)


def _people(content: DraftContent) -> Iterator[Gap]:
    yield from _text(content, "unit_meaning")
    yield from _wrong("unit_max_rows", lambda: unit_of(content))
    yield from _wrong("unit_missing", lambda: codes_of(content.unit_missing))
    yield from _wrong("distinct_from", lambda: population_of(content))


def _policy(content: DraftContent) -> Iterator[Gap]:
    for name in ("budget_epsilon", "buyer_epsilon", "job_epsilon", "delta"):
        yield from _read(content, name, decimal_of)
    for name in ("access", "approval", "recomputation"):
        if not getattr(content, name):
            yield Gap(name, _ASKED[name])
    yield from _read(content, "price", cents_of)
    yield from _read(content, "epoch", whole_of)
    if unknown := sorted(set(content.statistics) - set(BY_KIND)):
        yield Gap("statistics", f"There is no statistic {unknown[0]!r:.60}.")
    if content.encrypted_for == "sums" and content.recomputation == "yes":
        yield Gap("encrypted_for", "Products of columns need a table that is encrypted for them.")
    yield from _wrong("unions", lambda: together_of(content))
    yield from _wrong("separator", lambda: separator_of(content.separator))


def _columns(content: DraftContent) -> Iterator[Gap]:
    if not content.columns:
        yield Gap("columns", "Add the columns that buyers may ask about.")
    times = Counter(column.name.strip() for column in content.columns)
    for place, column in enumerate(content.columns):
        where = f"columns.{place}"
        own = list(_column(where, column))
        if not own and times[column.name.strip()] > 1:
            own = [Gap(f"{where}.name", f"Another column is called {column.name.strip()}, too.")]
        yield from own or _wrong(where, partial(column_of, column))


def _column(where: str, column: DraftColumn) -> Iterator[Gap]:
    """What the fields of a column lack, each by itself."""
    if not column.name.strip():
        yield Gap(f"{where}.name", "Give it a name.")
    if not column.meaning.strip():
        yield Gap(f"{where}.meaning", "Say what it means.")
    yield from _wrong(f"{where}.missing", lambda: codes_of(column.missing))
    yield from _wrong(f"{where}.written", lambda: written_of(column, DraftContent()))
    match column.kind:
        case "":
            yield Gap(f"{where}.kind", "Choose its type.")
        case "numeric":
            yield from _bound(f"{where}.low", column.low, "lower")
            yield from _bound(f"{where}.high", column.high, "upper")
            if column.low.strip() and column.high.strip():
                yield from _wrong(f"{where}.bins", lambda: bins_of(column))
        case "categorical":
            if not column.levels.strip():
                yield Gap(f"{where}.levels", "Name its levels.")
        case "date":
            for name, what in (("low", "first"), ("high", "last")):
                if not getattr(column, name).strip():
                    yield Gap(f"{where}.{name}", f"Give the {what} day, such as 2024-12-31.")
    yield from _wrong(f"{where}.reference", lambda: references_of(column))
    if column.kind:
        yield from _wrong(f"{where}.null", lambda: null_rule_of(column))


def _bound(field: str, text: str, which: str) -> Iterator[Gap]:
    if not text.strip():
        yield Gap(field, f"Give the {which} bound.")
    else:
        yield from _wrong(field, lambda: decimal_of(text))


def _whole(content: DraftContent) -> Iterator[Gap]:
    """What is wrong with parts that are right by themselves."""
    yield from _wrong("policy", lambda: policy_of(content, ()))
    # Names of columns and bounds were read above: what is left are the products.
    yield from _wrong("products", lambda: schema_of(content))
    if content.dataset.strip() in items_of(content.distinct_from):
        yield Gap("distinct_from", "A dataset is not distinct from itself.")


def _text(content: DraftContent, name: str, *, lines: bool = False) -> Iterator[Gap]:
    text = getattr(content, name).strip()
    if not text:
        yield Gap(name, _ASKED[name])
    else:
        yield from _wrong(name, lambda: check_text("It", text, lines=lines))


def _read(content: DraftContent, name: str, read: Callable[[str], object]) -> Iterator[Gap]:
    text = getattr(content, name)
    if not text.strip():
        yield Gap(name, _ASKED[name])
    else:
        yield from _wrong(name, lambda: read(text))


def _wrong(field: str, read: Callable[[], object]) -> Iterator[Gap]:
    """What is wrong with a field, if reading it fails."""
    try:
        read()
    except (ValueError, ArithmeticError, CryptoError) as error:
        said = str(error)
        yield Gap(field, f"{said[:1].upper()}{said[1:300]}.")
