"""A figure laid out in inches from its upper left corner: heading, axes, notes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from market.charts.forms import Mark
from market.charts.theme import Palette
from market.plan.text import readable

WIDTH_INCHES: Final = 5.0
MARGIN_INCHES: Final = 0.14
_HEADING: Final = 0.62
NOTE_INCHES: Final = 0.165
TEXT_POINTS: Final = 9.0
SMALL_POINTS: Final = 8.0
_MEASURED_DPI: Final = 144
_TITLE_POINTS: Final = 11.5
_NOTE_CHARACTERS: Final = 72
_MOST_NOTES: Final = 4


class Sheet:
    """The figure of one chart.

    Args:
        title: whatever people called it; too long a one is cut.
        subtitle: what the numbers are in.
        body_inches: the height between heading and notes.
        notes: lines under the picture (`note_lines`).
        lines: how the picture shows errors; said behind the subtitle.
    """

    def __init__(
        self,
        palette: Palette,
        title: str,
        subtitle: str,
        body_inches: float,
        notes: Sequence[str],
        *,
        lines: str = "lines: 95 % interval of the noise",
    ) -> None:
        foot = NOTE_INCHES * len(notes) + (0.1 if notes else 0)
        self.palette = palette
        self.body_begins = _HEADING
        self.height_inches = _HEADING + body_inches + foot + MARGIN_INCHES
        self.figure = Figure(figsize=(WIDTH_INCHES, self.height_inches))
        FigureCanvasAgg(self.figure)
        room = WIDTH_INCHES - 2 * MARGIN_INCHES
        self.text(
            MARGIN_INCHES, 0.26, fitted(title, room, _TITLE_POINTS, is_bold=True),
            size=_TITLE_POINTS, weight="bold",
        )  # fmt: skip
        words = " · ".join(filter(None, (subtitle, lines)))
        self.text(MARGIN_INCHES, 0.46, words, size=SMALL_POINTS, color=palette.soft)
        for place, note in enumerate(notes):
            top = _HEADING + body_inches + 0.16 + place * NOTE_INCHES
            self.text(MARGIN_INCHES, top, note, size=SMALL_POINTS, color=palette.soft)

    def text(
        self,
        left: float,
        baseline: float,
        words: str,
        *,
        size: float = TEXT_POINTS,
        color: str = "",
        weight: str = "normal",
        align: Literal["left", "center", "right"] = "left",
        turned: float = 0,
    ) -> None:
        """Words at a place, in inches from the upper left corner; `turned` in degrees."""
        self.figure.text(
            left / WIDTH_INCHES,
            1 - baseline / self.height_inches,
            words,
            fontsize=size,
            color=color or self.palette.ink,
            fontweight=weight,
            ha=align,
            va="baseline",
            rotation=turned,
            rotation_mode="anchor",
        )

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes in a box, in inches from the upper left corner, with no frame but a base line."""
        box = (
            left / WIDTH_INCHES,
            1 - (top + height) / self.height_inches,
            width / WIDTH_INCHES,
            height / self.height_inches,
        )
        axes = self.figure.add_axes(box)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        return axes


def width_inches(text: str, points: float, *, is_bold: bool = False) -> float:
    """How wide a text is drawn."""
    font = FontProperties(size=points, weight="bold" if is_bold else "normal")
    # matplotlib's own types stop at its renderers.
    renderer = RendererAgg(1, 1, _MEASURED_DPI)  # type: ignore[no-untyped-call]
    wide, *_ = renderer.get_text_width_height_descent(text, font, False)  # type: ignore[no-untyped-call]
    return float(wide) / _MEASURED_DPI


def fitted(text: str, inches: float, points: float, *, is_bold: bool = False) -> str:
    """A text that can be drawn, cut at its end where it is wider."""
    text = readable(text)
    if width_inches(text, points, is_bold=is_bold) <= inches:
        return text
    shown = len(text)
    while shown and width_inches(f"{text[:shown]}…", points, is_bold=is_bold) > inches:
        shown -= 1
    return f"{text[:shown].rstrip()}…"


def note_lines(marks: Iterable[Mark], left_out: int = 0) -> list[str]:
    """What is said of numbers under the picture, each note once, with those it is of."""
    of_note = dict[str, list[str]]()
    for mark in marks:
        if mark.note:
            of_note.setdefault(mark.note, []).append(readable(mark.label))
    lines = [
        line
        for note, labels in list(of_note.items())[:_MOST_NOTES]
        for line in textwrap.wrap(
            _noted(labels, note), _NOTE_CHARACTERS, max_lines=3, placeholder=" …"
        )
    ]
    if len(of_note) > _MOST_NOTES:
        lines.append(f"{len(of_note) - _MOST_NOTES} further notes stand in the table.")
    if left_out:
        lines.append(f"{left_out} more stand in the table alone.")
    return lines


def _noted(labels: Sequence[str], note: str) -> str:
    named = [label for label in labels if label]
    if not named:
        return note
    others = f" and {len(named) - 3} more" if len(named) > 3 else ""
    return f"{', '.join(named[:3])}{others}: {note}"
