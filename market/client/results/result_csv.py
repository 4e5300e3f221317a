"""Opened answers as CSV (RFC 4180): one line for each number, labels in columns of their own.

Names, labels and notes are other people's words. A spreadsheet takes a cell that begins with one of
= + - @, wide ones too, for a formula, and runs it: text that does begins with an apostrophe here
(OWASP, CSV Injection). Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from market.client.results.compare_results import ComparedNumber
from market.plan.answers import Answer, AnswerCell

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBERS = ("value", "low", "high", "error_95", "raw_value", "raw_error_95")


def answers_csv(parts: Sequence[tuple[str, Sequence[Answer]]]) -> str:
    """All numbers of all answers.

    Args:
        parts: a dataset's name, empty for the question as a whole, and the answers.
    """
    depth = max(
        (len(cell.labels) for _, answers in parts for one in answers for cell in one.cells),
        default=0,
    )
    labels = [f"label_{place}" for place in range(1, depth + 1)]
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\r\n")
    lines.writerow(["dataset", "statistic", "kind", "unit", *labels, *_NUMBERS, "note"])
    for dataset, answers in parts:
        for answer in answers:
            named = (dataset, answer.name, answer.kind, answer.unit)
            lines.writerows(_line(named, cell, depth) for cell in answer.cells)
    return written.getvalue()


def comparison_csv(jobs: Sequence[str], numbers: Sequence[ComparedNumber]) -> str:
    """Compared numbers, one to a line: value and error of each job, and whether they differ."""
    depth = max((len(one.labels) for one in numbers), default=0)
    labels = [f"label_{place}" for place in range(1, depth + 1)]
    of_jobs = [f"{job} {what}" for job in jobs for what in ("value", "error_95")]
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\r\n")
    lines.writerow(["statistic", "unit", *labels, *of_jobs, "differs"])
    for one in numbers:
        texts = (one.name, one.unit, *one.labels, *[""] * (depth - len(one.labels)))
        cells = [
            part
            for cell in one.cells
            for part in ((None, None) if cell is None else (cell.value, cell.error_95))
        ]
        lines.writerow([*map(_text, texts), *cells, one.verdict])
    return written.getvalue()


def _line(named: Iterable[str], cell: AnswerCell, depth: int) -> list[object]:
    labels = (*cell.labels, *[""] * (depth - len(cell.labels)))
    numbers = (
        cell.value, cell.low, cell.high, cell.error_95, cell.raw.value, cell.raw.error_95,
    )  # fmt: skip
    return [*map(_text, (*named, *labels)), *numbers, _text(cell.note)]


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
