"""Opened answers as tables: one row for each number, or for each term of a fitted line.

An answer is what `market.client.results.opened_answers.answer_json` writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from market.pages import words
from market.plan.answers import label_text
from market.plan.statistics import Synthesize
from market.plan.statistics.coefficients import COEFFICIENT, INTERCEPT, STANDARD_ERROR

_COUNTS = Synthesize.__dataclass_fields__["tag"].default


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number, where it can be, and as noise left it; all as people read them.

    `shown`, `shown_low` and `shown_high` have the digits that their error has, the others all.
    """

    label: str
    shown: str
    shown_low: str
    shown_high: str
    value: str
    error: str
    low: str
    high: str
    raw: str
    raw_error: str
    note: str


@dataclass(frozen=True, slots=True)
class TermRow:
    """One coefficient: what the noise alone may be off, and the standard error, which holds the
    sample's part too."""

    term: str
    coefficient: str
    error: str
    standard_error: str
    note: str


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """One answer. `counts` is how many it holds for synthetic rows, which nobody reads by eye."""

    name: str
    kind: str
    unit: str
    rows: tuple[NumberRow, ...]
    terms: tuple[TermRow, ...]
    counts: int


def answer_tables(answers: Iterable[Mapping[str, Any]]) -> list[AnswerTable]:
    """A table for each answer, in their order."""
    return [_table(answer) for answer in answers]


def _table(answer: Mapping[str, Any]) -> AnswerTable:
    cells = answer["cells"]
    is_counts = answer["kind"] == _COUNTS
    is_line = any(cell["labels"][-2:] == [INTERCEPT, COEFFICIENT] for cell in cells)
    shown = () if is_counts else (one for one in cells if not (is_line and _is_of_term(one)))
    return AnswerTable(
        answer["name"],
        answer["kind"],
        answer["unit"],
        tuple(map(_number, shown)),
        _terms(cells) if is_line else (),
        len(cells) if is_counts else 0,
    )


def _number(cell: Mapping[str, Any]) -> NumberRow:
    raw, half = cell["raw"], cell["error_95"]
    return NumberRow(
        label_text(cell["labels"]),
        words.rounded(cell["value"], half),
        words.rounded(cell["low"], half),
        words.rounded(cell["high"], half),
        words.number(cell["value"]),
        words.half_width(cell["error_95"]),
        words.number(cell["low"]),
        words.number(cell["high"]),
        words.number(raw["value"]),
        words.half_width(raw["error_95"]),
        cell["note"],
    )


def _terms(cells: Iterable[Mapping[str, Any]]) -> tuple[TermRow, ...]:
    by_labels = {tuple(cell["labels"]): cell for cell in cells}
    return tuple(
        TermRow(
            label_text(labels[:-1]),
            words.number(cell["value"]),
            words.half_width(cell["error_95"]),
            words.half_width(by_labels[(*labels[:-1], STANDARD_ERROR)]["value"]),
            cell["note"],
        )
        for labels, cell in by_labels.items()
        if labels[-1] == COEFFICIENT
    )


def _is_of_term(cell: Mapping[str, Any]) -> bool:
    return cell["labels"][-1:] in ([COEFFICIENT], [STANDARD_ERROR])
