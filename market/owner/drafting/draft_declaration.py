"""A draft of the portal's as a dataset.toml: the language that an owner's client reads.

Everything in a draft is a stranger's text until its owner has read the declaration that came of
it: texts are written as TOML strings, and what is a number there is read here first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain

from market.entities.draft import Draft, DraftColumn, DraftContent
from market.errors import Refused
from market.owner.drafting.propose import toml_text
from market.pages.declaration_labels import label_of
from market.plan.dates import PARTS
from market.policy.drafts.draft_declared import (
    cents_of,
    column_of,
    decimal_of,
    null_rule_of,
    references_of,
    separator_of,
    statistics_of,
    whole_of,
    written_of,
)
from market.policy.drafts.draft_gaps import gaps_of
from market.policy.drafts.draft_items import items_of, pairs_of
from market.policy.drafts.draft_unions import together_of
from market.records.fingerprint_words import words_of
from market.records.union import SOLD_ALONE

_MOST_TOLD = 5


def declaration_of(draft: Draft) -> str:
    """The text of a dataset.toml that says what the draft says.

    Raises:
        Refused: `draft-incomplete`: something is missing or wrong, named field by field.
    """
    if gaps := gaps_of(draft.content):
        content, first = draft.content, gaps[:_MOST_TOLD]
        told = " ".join(f"{label_of(gap.field, content)}: {gap.sentence}" for gap in first)
        raise Refused(
            "draft-incomplete",
            f"Draft {draft.number} is not complete. Still missing: {len(gaps)}. {told}",
            "Complete it on its page of the portal; nothing was sent.",
        )
    origin = f"# Taken up from draft {draft.number} of the portal, revision {draft.revision}."
    return f"{origin}\n{declaration_text(draft.content)}"


def declaration_text(content: DraftContent) -> str:
    """The text of a dataset.toml that says what a draft without gaps says.

    Raises:
        ValueError: it has gaps (market.policy.drafts.draft_gaps).
    """
    parts = (_head(content), _tables(content), _together(content), _columns(content))
    return "\n".join(chain.from_iterable(parts)) + "\n"


def _head(content: DraftContent) -> Iterator[str]:
    for name in ("dataset", "title", "summary", "provenance", "licence", "terms"):
        yield f"{name} = {toml_text(getattr(content, name).strip())}"
    yield f"capacity_rows = {whole_of(content.capacity_rows)}"
    yield f"products = {json.dumps([list(pair) for pair in pairs_of(content.products)])}"
    if content.encrypted_for:
        yield f"encrypted_for = {toml_text(content.encrypted_for)}"
    if separator := separator_of(content.separator):
        yield f"separator = {toml_text(separator)}"


def _tables(content: DraftContent) -> Iterator[str]:
    yield "\n[privacy_unit]"
    if column := content.unit_column.strip():
        yield f"column = {toml_text(column)}"
        yield from _layout(content.unit_header, content.unit_missing)
    yield f"max_rows = {whole_of(content.unit_max_rows)}"
    yield f"meaning = {toml_text(content.unit_meaning.strip())}"
    yield "\n[population]"
    yield f"distinct_from = {_list(items_of(content.distinct_from))}"
    yield "\n[policy]"
    for name in ("budget_epsilon", "buyer_epsilon", "job_epsilon", "delta"):
        yield f"{name} = {toml_text(decimal_of(getattr(content, name)))}"
    columns = tuple(map(column_of, content.columns))
    yield f"statistics = {_list(statistics_of(content, columns))}"
    yield f"access = {toml_text(content.access)}"
    yield f"approval = {toml_text(content.approval)}"
    yield f"recomputation = {_boolean(content.recomputation)}"
    yield f"price_cents = {cents_of(content.price)}"
    yield f"epoch = {whole_of(content.epoch)}"
    if content.total_epsilon.strip():
        yield f"total_epsilon = {toml_text(decimal_of(content.total_epsilon))}"


def _together(content: DraftContent) -> Iterator[str]:
    """With whose tables it may be asked together (market.owner.declaration.declared_unions)."""
    together = together_of(content)
    if together == SOLD_ALONE:
        return
    yield "\n[together]"
    yield f"sold_alone = {'true' if together.is_sold_alone else 'false'}"
    for union in together.unions:
        yield "[[together.unions]]"
        yield f"values = {toml_text(union.values)}"
        others = (f"{one.dataset} = {toml_text(words_of(one.owner))}" for one in union.others)
        yield f"others = {{ {', '.join(others)} }}"


def _columns(content: DraftContent) -> Iterator[str]:
    for column in content.columns:
        yield "\n[[columns]]"
        yield f"name = {toml_text(column.name.strip())}"
        yield f"type = {toml_text(column.kind)}"
        yield f"meaning = {toml_text(column.meaning.strip())}"
        yield from _layout(column.header, column.missing)
        yield from _of_kind(column)
        if written := written_of(column, content):
            yield f"written = {toml_text(written)}"


def _of_kind(column: DraftColumn) -> Iterator[str]:
    rule = toml_text(null_rule_of(column))
    if column.kind != "boolean" and column.only_summed:
        yield f"only_summed = {_boolean(column.only_summed)}"
    if column.kind == "categorical":
        yield f"levels = {_list(items_of(column.levels))}"
        yield f"other = {rule}"
        if shares := references_of(column):
            yield f"reference_shares = {_list(shares)}"
        return
    yield f"null = {rule}"
    if column.kind == "numeric":
        yield from _numeric(column)
    if column.kind == "date":
        yield f"first = {toml_text(column.low.strip())}"
        yield f"last = {toml_text(column.high.strip())}"
        yield f"parts = {_list(items_of(column.levels) or PARTS)}"


def _numeric(column: DraftColumn) -> Iterator[str]:
    yield f"low = {toml_text(decimal_of(column.low))}"
    yield f"high = {toml_text(decimal_of(column.high))}"
    yield f"unit = {toml_text(column.unit.strip())}"
    for name, known in zip(("reference_mean", "reference_sd"), references_of(column), strict=False):
        yield f"{name} = {toml_text(known)}"
    match items_of(column.bins):
        case ():
            return
        case (count,):
            yield f"bins = {{count = {whole_of(count)}}}"
        case edges:
            yield f"bins = {_list(map(decimal_of, edges))}"


def _layout(header: str, missing: str) -> Iterator[str]:
    """Where a column stands in the file, and what says that nothing is there."""
    if header.strip():
        yield f"header = {toml_text(header.strip())}"
    if codes := items_of(missing):
        yield f"missing = {_list(codes)}"


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(map(toml_text, items))}]"


def _boolean(choice: str) -> str:
    return "true" if choice == "yes" else "false"
