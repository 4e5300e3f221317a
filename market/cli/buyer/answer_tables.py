"""Opened answers at the terminal: one table of all numbers, and one for each fitted line."""

from __future__ import annotations

from typing import Any

from market.cli.output import Output
from market.pages.answer_rows import AnswerTable, answer_tables
from market.plan.plural import counted

_COLUMNS = ("statistic", "level", ">value", ">± (95 %)", ">from", ">to", "unit", "note")
_RAW_COLUMNS = ("statistic", "level", ">raw value", ">± (95 %)", "unit", "note")
_TERM_COLUMNS = ("term", ">coefficient", ">± (95 %)", ">standard error", "note")


def show_answers(output: Output, answers: list[dict[str, Any]], *, is_raw: bool = False) -> None:
    """All numbers, and then the coefficients of each fitted line.

    Args:
        is_raw: numbers as noise left them, not cut to what is possible.
    """
    tables = answer_tables(answers)
    if rows := [row for table in tables for row in _rows(table, is_raw)]:
        output.table(_RAW_COLUMNS if is_raw else _COLUMNS, rows)
    for table in tables:
        if table.terms:
            output.line("")
            output.line(f"{table.name}, by term:")
            output.table(
                _TERM_COLUMNS,
                [
                    (one.term, one.coefficient, one.error, one.standard_error, one.note)
                    for one in table.terms
                ],
            )


def _rows(table: AnswerTable, is_raw: bool) -> list[tuple[str, ...]]:
    """One row for each number; of what synthetic rows are made of, one in all."""
    if table.counts:
        empty = [""] * (2 if is_raw else 4)
        note = "For market result synthesize."
        return [(table.name, counted(table.counts, "count"), *empty, table.unit, note)]
    return [
        (
            table.name,
            row.label,
            *((row.raw, row.raw_error) if is_raw else (row.value, row.error, row.low, row.high)),
            table.unit,
            row.note,
        )
        for row in table.rows
    ]
