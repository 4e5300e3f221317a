"""A whole result as one HTML file, which reads as it is, wherever it lies, and loads nothing.

The pages' own sheet, tables and charts in it; charts in both themes, of which the reader's system
picks one. Its policy lets nothing be loaded: neither a script nor a picture from elsewhere.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from market.charts.chart import Chart, charts_of
from market.pages.answer_rows import AnswerTable, answer_tables
from market.pages.environment import STATIC, page_environment
from market.plan.answers import Answer

_ENVIRONMENT = page_environment(Path(__file__).with_name("templates"))


@dataclass(frozen=True, slots=True)
class Reported:
    """What the page says.

    Attributes:
        job: its id.
        asked: the plan in words, as it was signed.
        facts: names and texts, in order: dataset, commit, epsilon, receipts.
        cautions: what is to be known before a number is believed.
        by_dataset: the answers of several owners' datasets, each by itself.
    """

    job: str
    asked: str
    facts: tuple[tuple[str, str], ...]
    cautions: tuple[str, ...]
    answers: tuple[Answer, ...]
    by_dataset: tuple[tuple[str, tuple[Answer, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class _Picture:
    names: tuple[str, ...]
    light: str
    dark: str
    alt: str


@dataclass(frozen=True, slots=True)
class _Part:
    heading: str
    pictures: tuple[_Picture, ...]
    tables: tuple[AnswerTable, ...]


def result_page(reported: Reported) -> str:
    """The page, complete: HTML with its sheet and pictures inside."""
    parts = [_part("", reported.answers)]
    parts += [_part(dataset, answers) for dataset, answers in reported.by_dataset]
    return _ENVIRONMENT.get_template("result.html").render(
        reported=reported,
        parts=parts,
        # Our own file, which holds no markup.
        sheet=Markup((STATIC / "market.css").read_text("utf-8")),  # noqa: S704
    )


def _part(heading: str, answers: Sequence[Answer]) -> _Part:
    light, dark = charts_of(answers, theme="light"), charts_of(answers, theme="dark")
    pictures = tuple(
        _Picture(one.names, _address(one), _address(other), one.alt)
        for one, other in zip(light, dark, strict=True)
    )
    return _Part(heading, pictures, tuple(answer_tables(map(_cells, answers))))


def _address(chart: Chart) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(chart.svg()).decode()}"


def _cells(answer: Answer) -> dict[str, Any]:
    cells = [asdict(cell) | {"labels": list(cell.labels)} for cell in answer.cells]
    return asdict(answer) | {"cells": cells}
