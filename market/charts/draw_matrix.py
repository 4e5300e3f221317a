"""Numbers by two labels: a square of colour for each, its number and its error written into it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from market.charts.forms import Mark, Matrix, marks_of
from market.charts.sheet import (
    MARGIN_INCHES,
    SMALL_POINTS,
    TEXT_POINTS,
    WIDTH_INCHES,
    Sheet,
    fitted,
    note_lines,
    width_inches,
)
from market.charts.theme import Palette
from market.pages.words import half_width, number

_WIDEST_LABEL: Final = 1.5
_ROW: Final = 0.44
_GAP: Final = 0.1
_WIDEST_CELL: Final = 1.2
_NARROWEST_WITH_NAME: Final = 0.8
"""Names over narrower columns are turned."""

Colour = Callable[[Mark | None], str]


@dataclass(frozen=True, slots=True)
class _Measures:
    """In inches: where cells begin, how wide each is, how high the names over them are."""

    left: float
    cell: float
    head: float

    @property
    def is_turned(self) -> bool:
        return self.cell < _NARROWEST_WITH_NAME


def draw_matrix(form: Matrix, title: str, unit: str, palette: Palette) -> Figure:
    """The figure of a form."""
    measures = _measures(form)
    notes = note_lines(marks_of(form), form.left_out)
    subtitle = f"in {unit}" if unit else ""
    height = _ROW * len(form.rows)
    sheet = Sheet(palette, title, subtitle, measures.head + height, notes, lines=_UNDER)
    top = sheet.body_begins + measures.head
    axes = sheet.axes(measures.left, top, measures.cell * len(form.columns), height)
    axes.set_xlim(0, len(form.columns))
    axes.set_ylim(len(form.rows), 0)
    axes.set_axis_off()
    colour = _colours(form, palette)
    for row, name in enumerate(form.rows):
        label = fitted(name, _WIDEST_LABEL, TEXT_POINTS)
        baseline = top + (row + 0.5) * _ROW + 0.045
        sheet.text(measures.left - _GAP, baseline, label, align="right")
        for column, mark in enumerate(form.marks[row]):
            _cell(axes, (column, row), mark, colour(mark), palette, measures.cell)
    _heads(sheet, form.columns, measures)
    return sheet.figure


_UNDER: Final = "under each number: half its 95 % interval"


def _measures(form: Matrix) -> _Measures:
    left = MARGIN_INCHES + _GAP + _widest(form.rows)
    room = WIDTH_INCHES - left - MARGIN_INCHES
    if room / len(form.columns) >= _NARROWEST_WITH_NAME:
        return _Measures(left, min(room / len(form.columns), _WIDEST_CELL), 0.26)
    # A turned name reaches over its column, the last one over the edge.
    aslant = _widest(form.columns) / math.sqrt(2)
    narrow = (room - aslant) / (len(form.columns) - 0.5)
    return _Measures(left, narrow, 0.25 + aslant)


def _widest(names: Sequence[str]) -> float:
    return min(max(width_inches(name, TEXT_POINTS) for name in names), _WIDEST_LABEL)


def _heads(sheet: Sheet, names: Sequence[str], measures: _Measures) -> None:
    baseline = sheet.body_begins + measures.head - 0.09
    for place, name in enumerate(names):
        middle = measures.left + (place + 0.5) * measures.cell
        if measures.is_turned:
            label = fitted(name, _WIDEST_LABEL, SMALL_POINTS)
            sheet.text(middle, baseline, label, size=SMALL_POINTS, turned=45)
        else:
            label = fitted(name, measures.cell - 0.06, TEXT_POINTS)
            sheet.text(middle, baseline, label, align="center")


def _colours(form: Matrix, palette: Palette) -> Colour:
    """From the ground to the accent; below 0 to the colour of what is bad."""
    if form.reach is None:
        values = [mark.value or 0.0 for mark in marks_of(form)]
        scale, ends = Normalize(min(0.0, *values), max(values) or 1.0), [palette.sheet]
    else:
        scale, ends = Normalize(-form.reach, form.reach), [palette.bad, palette.sheet]
    colours = LinearSegmentedColormap.from_list("answers", [*ends, palette.accent])

    def colour(mark: Mark | None) -> str:
        if mark is None or mark.value is None:
            return palette.sheet
        red, green, blue, _ = colours(scale(mark.value))
        return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"

    return colour


def _cell(
    axes: Axes, at: tuple[int, int], mark: Mark | None, ground: str, palette: Palette, wide: float
) -> None:
    column, row = at
    line = palette.line if mark is None else palette.sheet
    square = Rectangle((column, row), 1, 1, facecolor=ground, edgecolor=line, linewidth=1.5)
    axes.add_patch(square)
    if mark is None:
        return
    ink = max((palette.ink, palette.sheet), key=lambda one: _contrast(one, ground))
    room = wide - 0.05
    axes.text(
        column + 0.5, row + 0.42, fitted(_short(mark.value), room, SMALL_POINTS),
        color=ink, fontsize=SMALL_POINTS, ha="center", va="center",
    )  # fmt: skip
    if mark.error_95:
        under = fitted(f"± {half_width(mark.error_95)}", room, SMALL_POINTS - 1.5)
        axes.text(column + 0.5, row + 0.76, under, color=ink, fontsize=SMALL_POINTS - 1.5,
                  ha="center", va="center")  # fmt: skip


def _short(value: float | None) -> str:
    return number(value) if value is None else number(float(f"{value:.3g}"))


def _contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminances, from 1 to 21 (WCAG 2.2, section 1.4.3)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
