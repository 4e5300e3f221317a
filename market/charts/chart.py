"""An answer's chart: as SVG, as PNG, and in words.

chart = chart_of(answer, theme="dark")
if chart is not None:
    Path("age.svg").write_bytes(chart.svg())
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.figure import Figure

from market.charts.alt_text import alt_text
from market.charts.draw_curves import draw_columns, draw_steps
from market.charts.draw_levels import draw_levels
from market.charts.draw_matrix import draw_matrix
from market.charts.forms import (
    Columns,
    Form,
    Levels,
    Matrix,
    Steps,
    form_of,
    joined,
    side_by_side,
    single_numbers,
)
from market.charts.theme import PALETTES, SANS, Palette, Theme, drawing
from market.plan.answers import Answer, AnswerCell
from market.plan.text import readable

DOTS_PER_INCH: Final = 96


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of one answer, or of several single numbers of one unit.

    Attributes:
        names: of the answers it shows.
        alt: the same in words.
    """

    names: tuple[str, ...]
    title: str
    unit: str
    form: Form
    theme: Theme

    @property
    def alt(self) -> str:
        return alt_text(self.form, self.title, self.unit)

    def svg(self) -> bytes:
        """As SVG: the same bytes for the same answer. Words in it stay words."""
        written = io.BytesIO()
        with drawing(PALETTES[self.theme]):
            self._figure().savefig(written, format="svg", metadata={"Date": None, "Creator": None})
        return written.getvalue().replace(b"'DejaVu Sans'", SANS)

    def png(self, scale: int = 2) -> bytes:
        """As PNG, `scale` times as many pixels as a page shows it with."""
        written = io.BytesIO()
        with drawing(PALETTES[self.theme]):
            dots = DOTS_PER_INCH * scale
            self._figure().savefig(written, format="png", dpi=dots, metadata={"Software": None})
        return written.getvalue()

    def _figure(self) -> Figure:
        palette: Palette = PALETTES[self.theme]
        match self.form:
            case Levels():
                return draw_levels(self.form, self.title, self.unit, palette)
            case Columns():
                return draw_columns(self.form, self.title, self.unit, palette)
            case Steps():
                return draw_steps(self.form, self.title, self.unit, palette)
            case Matrix():
                return draw_matrix(self.form, self.title, self.unit, palette)


def chart_of(answer: Answer, *, theme: Theme) -> Chart | None:
    """An answer's chart; None when there is nothing to draw: noise left no number, or the answer
    is there to be computed with. One number is a point on its interval."""
    form = form_of(answer)
    if form is None:
        return None
    return Chart((answer.name,), readable(answer.name), readable(answer.unit), form, theme)


def comparison_chart(
    name: str,
    unit: str,
    numbers: Sequence[tuple[str, Sequence[tuple[str, AnswerCell]]]],
    *,
    theme: Theme,
) -> Chart | None:
    """One statistic of several results, beside each other; None when there is nothing to draw.

    Args:
        numbers: by their label, and by the name of the result.
    """
    form = side_by_side(numbers)
    return Chart((name,), readable(name), readable(unit), form, theme) if form else None


def charts_of(answers: Iterable[Answer], *, theme: Theme) -> tuple[Chart, ...]:
    """All charts of a result: single numbers of one unit share one."""
    found = []
    for together in single_numbers(answers):
        if len(together) == 1:
            found.append(chart_of(together[0], theme=theme))
        elif form := joined(together):
            names = tuple(one.name for one in together)
            unit = readable(together[0].unit)
            found.append(Chart(names, ", ".join(map(readable, names)), unit, form, theme))
    return tuple(chart for chart in found if chart is not None)
