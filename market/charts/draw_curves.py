"""What stands on a number's own axis: counts between its edges, and functions with a band."""

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from market.charts.forms import Columns, Mark, Steps
from market.charts.number_text import tick
from market.charts.sheet import MARGIN_INCHES, SMALL_POINTS, WIDTH_INCHES, Sheet, note_lines
from market.charts.theme import Palette

_BODY: Final = 2.5
_TICKS: Final = 0.3
_LEFT: Final = 0.72
_MOST_EDGES: Final = 11


def draw_columns(form: Columns, title: str, unit: str, palette: Palette) -> Figure:
    """The figure of counts: every bin as wide as another, its edges under its sides."""
    notes = note_lines(form.marks)
    sheet = Sheet(palette, title, f"in {unit}" if unit else "", _BODY + _TICKS, notes)
    axes = _axes(sheet)
    for place, mark in enumerate(form.marks):
        if mark.value is None or mark.low is None or mark.high is None:
            continue
        axes.bar(place + 0.5, mark.value, width=0.94, color=palette.accent, alpha=0.55, zorder=2)
        ends = [mark.low, mark.high]
        axes.plot([place + 0.5] * 2, ends, color=palette.ink, linewidth=1.5, zorder=3)
        axes.plot(
            [place + 0.5] * 2, ends, "_", color=palette.ink, markersize=6, markeredgewidth=1.3
        )
    every = -(-len(form.edges) // _MOST_EDGES)
    places = range(0, len(form.edges), every)
    axes.set_xticks(list(places), [form.edges[place] for place in places])
    axes.set_xlim(0, len(form.marks))
    axes.set_ylim(bottom=min(0.0, *(mark.low or 0.0 for mark in form.marks)))
    return sheet.figure


def draw_steps(form: Steps, title: str, unit: str, palette: Palette) -> Figure:
    """The figure of a function, with the band of its intervals."""
    notes = note_lines(form.marks)
    of = "share of rows below each edge" if form.of == "edge" else "value below which a share lies"
    subtitle = f"{of}, in {unit}" if unit else of
    sheet = Sheet(palette, title, subtitle, _BODY + _TICKS, notes)
    axes = _axes(sheet)
    known = [mark for mark in form.marks if mark.value is not None]
    at = [float(mark.label) for mark in known]
    low, value, high = ([_end(mark, end) for mark in known] for end in ("low", "value", "high"))
    axes.fill_between(at, low, high, color=palette.accent, alpha=0.22, linewidth=0, zorder=2)
    axes.plot(at, value, "-o", color=palette.accent, linewidth=2, markersize=4.5,
              markeredgecolor=palette.sheet, zorder=3)  # fmt: skip
    for place, ends in zip(at, zip(low, high, strict=True), strict=True):
        axes.plot([place] * 2, ends, color=palette.accent, linewidth=1.1, alpha=0.7, zorder=3)
    if len(at) <= _MOST_EDGES:
        axes.set_xticks(at)
    axes.xaxis.set_major_formatter(lambda place, _: tick(place))
    if form.of == "edge":
        axes.set_ylim(-0.02, 1.02)
    return sheet.figure


def _end(mark: Mark, name: str) -> float:
    found = getattr(mark, name)
    return 0.0 if found is None else float(found)


def _axes(sheet: Sheet) -> Axes:
    width = WIDTH_INCHES - _LEFT - MARGIN_INCHES - 0.1
    axes = sheet.axes(_LEFT, sheet.body_begins, width, _BODY)
    axes.grid(True, axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, min_n_ticks=2))
    axes.yaxis.set_major_formatter(lambda place, _: tick(place))
    axes.tick_params(labelsize=SMALL_POINTS)
    return axes
