"""What is drawn of an answer: pure values, before any ink.

    Levels    numbers beside each other, each with its interval: bars where rows are counted or
              parts of a whole, points elsewhere
    Columns   counts of a number's bins, from edge to edge
    Steps     a function of a number's edges, or of shares: its line, and a band
    Matrix    numbers by two labels, as colours, each with its number and its error

Which form an answer takes is read off its kind and the labels of its cells. An answer that is made
to be computed with (counts for synthetic rows, a naive Bayes classifier) takes none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from market.plan.answers import Answer, AnswerCell, label_text
from market.plan.statistics.coefficients import COEFFICIENT
from market.plan.statistics.principal_components import LOADING

MOST_PANELS: Final = 9
"""Under each other; groups of more are the rows of a matrix."""
MOST_LEVELS: Final = 30
"""In one panel; of more the longest bars, or the first points."""
MOST_COMPARED: Final = 15
"""Panels of numbers that are compared between results, each with a mark or more."""
MOST_COLUMNS: Final = 12
"""Of a matrix, which has as many rows at most."""

_NOT_DRAWN: Final = frozenset({"synthesize", "naive_bayes"})
_PARTS: Final = frozenset({"histogram", "proportions", "top"})
_MATRICES: Final = frozenset({"correlation_matrix", "covariance_matrix"})
_COUNTED: Final = "rows"
"""The unit of counts."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One number in its place: `low` and `high` end its 95 % interval; None where noise left
    nothing, and the note says why."""

    label: str
    value: float | None
    error_95: float | None
    low: float | None
    high: float | None
    note: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Marks that share an axis; `left_out` more of them are in the table alone."""

    title: str
    marks: tuple[Mark, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Levels:
    """Numbers beside each other. `from_zero`: as bars, since their length says how much."""

    panels: tuple[Panel, ...]
    from_zero: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """Counts of bins; their edges as the owner wrote them, one more than marks."""

    marks: tuple[Mark, ...]
    edges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """A function of what the labels say, ascending: of an `edge` the share of rows below it, of a
    `share` the value that so many rows lie below."""

    marks: tuple[Mark, ...]
    of: Literal["edge", "share"]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A number for each row and column; None where there is none.

    Attributes:
        reach: how far the colours reach on either side of 0; None where no number is below 0.
        left_out: rows and columns more, which are in the table alone.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    marks: tuple[tuple[Mark | None, ...], ...]
    reach: float | None
    left_out: int


Form = Levels | Columns | Steps | Matrix


def form_of(answer: Answer) -> Form | None:
    """The form that an answer takes; None when there is nothing to draw."""
    cells = answer.cells
    if answer.kind in _NOT_DRAWN or all(cell.value is None for cell in cells):
        return None
    if of_terms := [cell for cell in cells if cell.labels[-1:] == (COEFFICIENT,)]:
        return _by_group([(cell.labels[:-1], cell) for cell in of_terms], from_zero=False)
    if answer.kind in ("ecdf", "quantile") and len(cells) > 1:
        marks = tuple(_mark(label_text(cell.labels), cell) for cell in cells)
        return Steps(marks, "edge" if answer.kind == "ecdf" else "share")
    if answer.kind == "principal_components":
        loadings = [cell for cell in cells if LOADING in cell.labels[:-1]]
        by_term = [((cell.labels[-3], cell.labels[-1]), cell) for cell in loadings]
        return _matrix(by_term, reach=1.0)
    if answer.kind in _MATRICES:
        named = [(cell.labels[-2:], cell) for cell in cells]
        return _square(named, 1.0 if answer.kind == "correlation_matrix" else _reach(cells))
    if answer.kind == "contingency":
        return _matrix([(_pair(cell.labels), cell) for cell in cells])
    from_zero = _is_length(answer)
    if from_zero and (edges := _edges([cell.labels for cell in cells])):
        return Columns(tuple(_mark(cell.labels[0], cell) for cell in cells), edges)
    return _by_group([(cell.labels, cell) for cell in cells], from_zero=from_zero)


def single_numbers(answers: Iterable[Answer]) -> list[list[Answer]]:
    """Answers that are drawn together: numbers of one unit that have no label; every other alone.
    In the order of the first of each."""
    together = dict[tuple[str, str | None], list[Answer]]()
    for answer in answers:
        alone = len(answer.cells) == 1 and not answer.cells[0].labels
        together.setdefault((answer.unit, None if alone else answer.name), []).append(answer)
    return list(together.values())


def joined(answers: Sequence[Answer]) -> Levels | None:
    """Single numbers of one unit as one form, each labelled by its name."""
    marks = [_mark(one.name, cell) for one in answers for cell in one.cells]
    if all(mark.value is None for mark in marks):
        return None
    return Levels((_panel("", marks, is_ranked=False),), from_zero=False)


def side_by_side(
    numbers: Sequence[tuple[str, Sequence[tuple[str, AnswerCell]]]],
) -> Levels | None:
    """One statistic of several results: a panel for each of its labels, in it a mark for each
    result. None where noise left no number.

    Args:
        numbers: by their label, and by the name of the result.
    """
    panels = tuple(
        Panel(label, tuple(_mark(name, cell) for name, cell in cells)) for label, cells in numbers
    )
    if all(mark.value is None for panel in panels for mark in panel.marks):
        return None
    left_out = sum(len(panel.marks) for panel in panels[MOST_COMPARED:])
    *shown, last = panels[:MOST_COMPARED]
    return Levels((*shown, replace(last, left_out=left_out)), from_zero=False)


def marks_of(form: Form) -> list[Mark]:
    """All marks of a form, in reading order."""
    match form:
        case Levels(panels=panels):
            return [mark for panel in panels for mark in panel.marks]
        case Matrix(marks=rows):
            # Of a pair that stands in it both ways round, once.
            found = [mark for row in rows for mark in row if mark is not None]
            return list({id(mark): mark for mark in found}.values())
        case Columns(marks=marks) | Steps(marks=marks):
            return list(marks)


_Named = tuple[tuple[str, ...], AnswerCell]


def _is_length(answer: Answer) -> bool:
    """Whether its numbers count rows or are parts of all rows, so that none is below 0."""
    if answer.kind == "difference" or not all(cell.labels for cell in answer.cells):
        return False
    return answer.kind in _PARTS or answer.unit == _COUNTED


def _by_group(named: Sequence[_Named], *, from_zero: bool) -> Levels | Matrix:
    """A panel for each group of the outer labels; where these are many, a matrix."""
    groups = dict[tuple[str, ...], list[Mark]]()
    for labels, cell in named:
        groups.setdefault(labels[:-1], []).append(_mark(label_text(labels[-1:]), cell))
    if len(groups) > MOST_PANELS:
        by_two = [((label_text(labels[:-1]), labels[-1]), cell) for labels, cell in named]
        return _matrix(by_two, reach=None if from_zero else _reach([cell for _, cell in named]))
    panels = (
        _panel(label_text(outer), marks, is_ranked=from_zero) for outer, marks in groups.items()
    )
    return Levels(tuple(panels), from_zero)


def _panel(title: str, marks: Sequence[Mark], *, is_ranked: bool) -> Panel:
    left_out = len(marks) - MOST_LEVELS
    if left_out <= 0:
        return Panel(title, tuple(marks))
    ranked = sorted(marks, key=lambda mark: -(mark.value or 0.0)) if is_ranked else marks
    return Panel(title, tuple(ranked[:MOST_LEVELS]), left_out)


def _square(named: Sequence[_Named], reach: float) -> Matrix:
    """Each pair both ways round, rows and columns in one order."""
    names = list(dict.fromkeys(name for labels, _ in named for name in labels))
    both = [*named, *((labels[::-1], cell) for labels, cell in named)]
    return _matrix(both, reach=reach, rows=names, columns=names)


def _matrix(
    named: Sequence[_Named],
    *,
    reach: float | None = None,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> Matrix:
    """In the order of the labels, unless rows and columns are given."""
    found = {(labels[0], labels[1]): _mark(label_text(labels), cell) for labels, cell in named}
    rows = rows or list(dict.fromkeys(row for row, _ in found))
    columns = columns or list(dict.fromkeys(column for _, column in found))
    shown = tuple(rows[:MOST_COLUMNS]), tuple(columns[:MOST_COLUMNS])
    return Matrix(
        *shown,
        tuple(tuple(found.get((row, column)) for column in shown[1]) for row in shown[0]),
        reach,
        len(rows) + len(columns) - len(shown[0]) - len(shown[1]),
    )


def _reach(cells: Sequence[AnswerCell]) -> float:
    return max(abs(cell.value or 0.0) for cell in cells) or 1.0


def _pair(labels: tuple[str, ...]) -> tuple[str, str]:
    one, other, level, others = labels[-4:]
    return f"{one} {level}", f"{other} {others}"


def _edges(labels: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Of the bins of a number, in order; none where levels are no bins, or of several groups."""
    texts = [label_text(one) for one in labels]
    if not 2 <= len(texts) <= MOST_LEVELS or not all(_is_bin(text) for text in texts):
        return ()
    ends = [text[1:-1].split(", ") for text in texts]
    if any(one[1] != after[0] for one, after in pairwise(ends)):
        return ()
    return (*(low for low, _ in ends), ends[-1][1])


def _is_bin(text: str) -> bool:
    return text[:1] == "[" and text[-1:] in ")]" and text.count(", ") == 1


def _mark(label: str, cell: AnswerCell) -> Mark:
    return Mark(label, cell.value, cell.error_95, cell.low, cell.high, cell.note)
