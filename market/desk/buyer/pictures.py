"""Charts on pages: which answer has which, and each as a file of its own, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from fastapi import Response

from market.charts.chart import Chart, chart_of
from market.charts.theme import Theme
from market.errors import NotFound
from market.plan.answers import Answer

_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart's address without theme and kind, and what it shows in words."""

    path: str
    alt: str


def pictures_of(answers: Sequence[Answer], path: str) -> dict[str, Picture]:
    """The charts by the name of their answer; a number by itself needs none.

    Args:
        path: of the folder that `drawn` answers for.
    """
    found = {}
    for place, answer in enumerate(answers):
        chart = chart_of(answer, theme="light") if len(answer.cells) > 1 else None
        if chart is not None:
            found[answer.name] = Picture(f"{path}/{place}", chart.alt)
    return found


def drawn(answers: Sequence[Answer], file: str, name: str) -> Response:
    """A chart as the file that a page or a person asks for.

    Args:
        file: `<place>-<light or dark>.<svg or png>`.
        name: what it is called when somebody keeps it.

    Raises:
        NotFound: `no-page`: there is no such chart.
    """
    return drawn_by([partial(_chart, answer) for answer in answers], file, name)


def _chart(answer: Answer, theme: Theme) -> Chart | None:
    return chart_of(answer, theme=theme)


def drawn_by(charts: Sequence[Callable[[Theme], Chart | None]], file: str, name: str) -> Response:
    """The same of whatever can be drawn in a theme (raises as `drawn`)."""
    stem, _, kind = file.rpartition(".")
    place, _, word = stem.partition("-")
    themes: dict[str, Theme] = {"light": "light", "dark": "dark"}
    if kind in _TYPES and word in themes and place.isdecimal() and int(place) < len(charts):
        chart = charts[int(place)](themes[word])
        if chart is not None:
            data = chart.svg() if kind == "svg" else chart.png()
            headers = {"Content-Disposition": f'inline; filename="{name}-{stem}.{kind}"'}
            return Response(data, media_type=_TYPES[kind], headers=headers)
    raise NotFound("no-page", "There is no such chart.", "Load the page again.")
