"""What a quote's page says: errors by answer, and how they become smaller with epsilon."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from market.client.questions.price_program import PricedPoint
from market.plan.answers import label_text
from market.pricing.error_words import range_text

MOST_CELLS: Final = 20
"""Of one answer on the page; a contingency table may have thousands."""
_WIDTH, _HEIGHT, _MARGIN = 320, 110, 10


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """One number's expected error, and the range that it may lie in; empty where there is none."""

    label: str
    expected: str
    range: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a curve, in the units of its picture."""

    x: int
    y: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """The largest expected error of one answer by epsilon, both on logarithmic scales.

    `line` is a polyline's points; `words` say the same to whoever does not see it.
    """

    line: str
    marks: tuple[Mark, ...]
    words: str
    first_epsilon: str
    last_epsilon: str
    largest: str
    smallest: str


@dataclass(frozen=True, slots=True)
class QuotedAnswer:
    """One answer of a quote. `further` is how many of its numbers the page leaves out."""

    name: str
    what: str
    unit: str
    cells: tuple[ErrorLine, ...]
    further: int
    curve: Curve | None


def quoted_answers(
    quote: Mapping[str, Any], curve: Sequence[PricedPoint], chosen: PricedPoint
) -> list[QuotedAnswer]:
    """The answers of a quote, in their order.

    Args:
        curve: the same question at other epsilons, ascending.
        chosen: the point that the page shows.
    """
    points = sorted({point.epsilon: point for point in [*curve, chosen]}.values(), key=_epsilon)
    return [
        QuotedAnswer(
            one["name"],
            ": ".join(one["kinds"]).replace("_", " "),
            one["unit"],
            tuple(map(_line, one["cells"][:MOST_CELLS])),
            max(0, len(one["cells"]) - MOST_CELLS),
            _curve(points, place, chosen.epsilon, one["unit"]),
        )
        for place, one in enumerate(quote["statistics"])
    ]


def _line(cell: Mapping[str, Any]) -> ErrorLine:
    expected = cell["expected_error"]
    return ErrorLine(
        label_text(cell["labels"]),
        "no bound" if expected is None else f"± {expected}",
        range_text(cell),
    )


def _epsilon(point: PricedPoint) -> float:
    return float(point.epsilon)


def _curve(points: Sequence[PricedPoint], place: int, chosen: str, unit: str) -> Curve | None:
    """None where no error is known at two epsilons."""
    known = [
        (point.epsilon, error)
        for point in points
        if (error := _largest(point.quote["statistics"][place]["cells"]))
    ]
    if len(known) < 2:
        return None
    across = _scale([float(epsilon) for epsilon, _ in known], _WIDTH)
    down = _scale([float(error) for _, error in known], _HEIGHT)
    marks = [
        Mark(across(float(epsilon)), _HEIGHT - down(float(error)), epsilon == chosen)
        for epsilon, error in known
    ]
    words = "; ".join(f"± {error} {unit} at epsilon {epsilon}" for epsilon, error in known)
    return Curve(
        " ".join(f"{mark.x},{mark.y}" for mark in marks),
        tuple(marks),
        words,
        known[0][0],
        known[-1][0],
        known[0][1],
        known[-1][1],
    )


def _largest(cells: Sequence[Mapping[str, Any]]) -> str:
    known = [cell["expected_error"] for cell in cells if cell["expected_error"] is not None]
    return max(known, key=float, default="") if any(map(float, known)) else ""


def _scale(values: Sequence[float], length: int) -> Callable[[float], int]:
    """Positions on a logarithmic scale of this length, within a margin."""
    low, high = math.log(min(values)), math.log(max(values))
    span = (high - low) or 1.0
    inner = length - 2 * _MARGIN
    return lambda value: _MARGIN + round((math.log(value) - low) / span * inner)
