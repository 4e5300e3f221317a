"""A chart in words: for whoever does not see it, no number less than it shows up to a few dozen."""

from __future__ import annotations

from typing import Final

from market.charts.forms import Columns, Form, Levels, Mark, Matrix, Steps, marks_of
from market.charts.number_text import with_error
from market.pages.words import number
from market.plan.text import readable

_MOST_NUMBERS: Final = 40
_WHAT: Final[dict[type, str]] = {
    Columns: "Columns",
    Steps: "Curve",
    Matrix: "Matrix",
}


def alt_text(form: Form, title: str, unit: str) -> str:
    """One paragraph: what is drawn, and its numbers with their errors."""
    marks = marks_of(form)
    kind = _WHAT.get(type(form)) or _levels(form)
    told = [f"{readable(title)}. {kind}{f', in {unit}' if unit else ''}, with 95 % intervals."]
    if len(marks) <= _MOST_NUMBERS:
        told.append(f"{_numbers(form, marks)}.")
    else:
        values = [mark.value for mark in marks if mark.value is not None]
        told.append(
            f"{len(marks)} numbers, from {number(min(values))} to {number(max(values))}; "
            "each stands in the table."
        )
    notes = dict.fromkeys(mark.note for mark in marks if mark.note)
    return readable(" ".join((*told, *notes)))


def _levels(form: Form) -> str:
    if isinstance(form, Levels) and form.from_zero:
        return "Bars"
    return "Points" if len(marks_of(form)) > 1 else "A point"


def _numbers(form: Form, marks: list[Mark]) -> str:
    if not isinstance(form, Levels):
        return "; ".join(map(_mark, marks))
    return "; ".join(
        f"{panel.title}{': ' if panel.title else ''}{'; '.join(map(_mark, panel.marks))}"
        for panel in form.panels
    )


def _mark(mark: Mark) -> str:
    told = "nothing" if mark.value is None else with_error(mark.value, mark.error_95)
    return f"{mark.label} {told}".strip()
