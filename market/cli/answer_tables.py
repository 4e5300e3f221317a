"""Opened answers as tables: one row for each number, or for each term of a fitted line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from market.cli.output import Output
from market.plan.answers import label_text
from market.plan.statistics import Synthesize
from market.plan.statistics.coefficients import COEFFICIENT, INTERCEPT, STANDARD_ERROR

_COUNTS = Synthesize.__dataclass_fields__["tag"].default
_COLUMNS = ("statistic", "level", ">value", ">± (95 %)", ">from", ">to", "unit", "note")
_RAW_COLUMNS = ("statistic", "level", ">raw value", ">± (95 %)", "unit", "note")
_TERM_COLUMNS = ("term", ">coefficient", ">± (95 %)", ">standard error", "note")


def show_answers(output: Output, answers: list[dict[str, Any]], *, is_raw: bool = False) -> None:
    """All numbers, and then the coefficients of each fitted line.

    Args:
        is_raw: numbers as noise left them, not cut to what is possible.
    """
    if rows := answer_rows(answers, is_raw=is_raw):
        output.table(_RAW_COLUMNS if is_raw else _COLUMNS, rows)
    for answer in filter(_is_line, answers):
        output.line("")
        output.line(f"{answer['name']}, by term:")
        output.table(_TERM_COLUMNS, term_rows(answer))


def term_rows(answer: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row for each coefficient of a line: what the noise alone may be off, and the standard
    error, which holds the sample's part too."""
    by_labels = {tuple(cell["labels"]): cell for cell in answer["cells"]}
    return [
        (
            label_text(labels[:-1]),
            number(cell["value"]),
            error(cell["error_95"]),
            error(by_labels[(*labels[:-1], STANDARD_ERROR)]["value"]),
            cell["note"],
        )
        for labels, cell in by_labels.items()
        if labels[-1] == COEFFICIENT
    ]


def _is_line(answer: dict[str, Any]) -> bool:
    return any(cell["labels"][-2:] == [INTERCEPT, COEFFICIENT] for cell in answer["cells"])


def _is_of_term(cell: dict[str, Any]) -> bool:
    return cell["labels"][-1:] in ([COEFFICIENT], [STANDARD_ERROR])


def answer_rows(answers: list[dict[str, Any]], *, is_raw: bool = False) -> list[tuple[str, ...]]:
    """One row for each number of each answer, but those of a line's terms; of what synthetic rows
    are made of, one in all."""
    return [
        row
        for answer in answers
        for row in (
            [_counts_row(answer, is_raw)]
            if answer["kind"] == _COUNTS
            else _cell_rows(answer, is_raw)
        )
    ]


def _counts_row(answer: dict[str, Any], is_raw: bool) -> tuple[str, ...]:
    label, empty = f"{len(answer['cells'])} counts", [""] * (2 if is_raw else 4)
    return (answer["name"], label, *empty, answer["unit"], "For market result synthesize.")


def _cell_rows(answer: dict[str, Any], is_raw: bool) -> list[tuple[str, ...]]:
    is_line = _is_line(answer)
    return [
        (
            answer["name"],
            label_text(cell["labels"]),
            *_told(cell, is_raw),
            answer["unit"],
            cell["note"],
        )
        for cell in answer["cells"]
        if not (is_line and _is_of_term(cell))
    ]


def _told(cell: dict[str, Any], is_raw: bool) -> tuple[str, ...]:
    """A number with its error, and the ends of its interval where these are restated."""
    if is_raw:
        return number(cell["raw"]["value"]), error(cell["raw"]["error_95"])
    return (
        number(cell["value"]),
        error(cell["error_95"]),
        number(cell["low"]),
        number(cell["high"]),
    )


def number(value: float | None) -> str:
    """Six significant digits, or a dash."""
    if value is None:
        return "—"
    return f"{Decimal(f'{value:.5e}').normalize():,f}"


def error(half_width: float | None) -> str:
    """Two significant digits are what a noise is known to."""
    if half_width is None:
        return "—"
    return f"{Decimal(f'{half_width:.1e}'):,f}"
