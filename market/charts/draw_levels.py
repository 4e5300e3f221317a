"""Numbers beside each other, one to a line: label, mark with its interval, and the number itself.

Panels stand under each other on one scale. A point's interval is its line; a bar ends at its value,
with the interval's line across the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from market.charts.forms import Levels, Mark, Panel
from market.charts.number_text import tick, with_error
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

_LINE: Final = 0.27
_PANEL_TITLE: Final = 0.3
_BETWEEN: Final = 0.12
_AXIS: Final = 0.3
_GAP: Final = 0.12
_WIDEST_LABEL: Final = 1.9
_WIDEST_NUMBER: Final = 1.75


@dataclass(frozen=True, slots=True)
class _Measures:
    """Of all panels alike, in inches: where labels end, and where numbers begin."""

    labels_end: float
    numbers_begin: float


def draw_levels(form: Levels, title: str, unit: str, palette: Palette) -> Figure:
    """The figure of a form."""
    marks = [mark for panel in form.panels for mark in panel.marks]
    notes = note_lines(marks, sum(panel.left_out for panel in form.panels))
    body = _AXIS + sum(map(_height, form.panels)) + _BETWEEN * (len(form.panels) - 1)
    sheet = Sheet(palette, title, f"in {unit}" if unit else "", body, notes)
    measures = _measures(marks)
    low, high = _scale(marks, form.from_zero)
    top = sheet.body_begins
    for panel in form.panels:
        is_last = panel is form.panels[-1]
        axes = _panel(sheet, panel, top, measures, form.from_zero)
        axes.set_xlim(low, high)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=2))
        axes.xaxis.set_major_formatter(lambda place, _: tick(place))
        axes.tick_params(labelbottom=is_last)
        axes.spines["bottom"].set_visible(is_last)
        if low < 0 < high:
            axes.axvline(0, color=palette.line_strong, linewidth=0.9, zorder=1)
        top += _height(panel) + _BETWEEN
    return sheet.figure


def _height(panel: Panel) -> float:
    return len(panel.marks) * _LINE + (_PANEL_TITLE if panel.title else 0)


def _measures(marks: Sequence[Mark]) -> _Measures:
    labels = max(width_inches(mark.label, TEXT_POINTS) for mark in marks)
    numbers = max(width_inches(_number(mark), SMALL_POINTS) for mark in marks)
    end = MARGIN_INCHES + min(labels, _WIDEST_LABEL)
    return _Measures(end, WIDTH_INCHES - MARGIN_INCHES - min(numbers, _WIDEST_NUMBER))


def _number(mark: Mark) -> str:
    return with_error(mark.value, mark.error_95)


def _scale(marks: Sequence[Mark], from_zero: bool) -> tuple[float, float]:
    """The ends of the axis: every interval is inside, and 0 where bars begin there."""
    ends = [end for mark in marks for end in (mark.low, mark.value, mark.high) if end is not None]
    low, high = min(ends), max(ends)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    spread = high - low or abs(high) * 0.1 or 1.0
    starts_at_zero = from_zero and low == 0
    return (0.0 if starts_at_zero else low - 0.06 * spread), high + 0.06 * spread


def _panel(sheet: Sheet, panel: Panel, top: float, measures: _Measures, from_zero: bool) -> Axes:
    palette = sheet.palette
    if panel.title:
        room = WIDTH_INCHES - 2 * MARGIN_INCHES
        heading = fitted(panel.title, room, TEXT_POINTS, is_bold=True)
        sheet.text(MARGIN_INCHES, top + 0.19, heading, weight="bold")
        top += _PANEL_TITLE
    left, right = measures.labels_end + _GAP, measures.numbers_begin - _GAP
    axes = sheet.axes(left, top, right - left, len(panel.marks) * _LINE)
    axes.set_ylim(len(panel.marks) - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(True, axis="x")
    for place, mark in enumerate(panel.marks):
        baseline = top + (place + 0.5) * _LINE + 0.045
        label = fitted(mark.label, _WIDEST_LABEL, TEXT_POINTS)
        sheet.text(measures.labels_end, baseline, label, align="right")
        number = fitted(_number(mark), _WIDEST_NUMBER, SMALL_POINTS)
        colour = palette.ink if mark.value is not None else palette.soft
        sheet.text(WIDTH_INCHES - MARGIN_INCHES, baseline, number, size=SMALL_POINTS,
                   color=colour, align="right")  # fmt: skip
        _draw(axes, mark, place, palette, from_zero)
    return axes


def _draw(axes: Axes, mark: Mark, place: int, palette: Palette, from_zero: bool) -> None:
    if mark.value is None or mark.low is None or mark.high is None:
        return
    if from_zero:
        axes.barh(place, mark.value, height=0.62, color=palette.accent, alpha=0.55, zorder=2)
    ends = [mark.low, mark.high]
    line = palette.ink if from_zero else palette.accent
    axes.plot(ends, [place, place], color=line, linewidth=1.6 if from_zero else 2.2, zorder=3)
    axes.plot(ends, [place, place], "|", color=line, markersize=6, markeredgewidth=1.3, zorder=3)
    if not from_zero:
        axes.plot(
            [mark.value], [place], "o", color=palette.accent, markersize=6.5,
            markeredgecolor=palette.sheet, markeredgewidth=1.2, zorder=4,
        )  # fmt: skip
