"""A number as it can be: what noise made of it, cut to its possible range, its interval too.

An interval that covers the truth still does when it is cut, because the truth lies in the range.
Cutting is not for those who compute on: of many numbers near an end it moves the sum.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.plan.ranges import Range

_LEAST_INSIDE = 0.54
"""Of its half-width an interval keeps so much inside the range: carried out of it, it would be a
point and tell a certainty that nobody has. So far a truncated normal reaches with 95 % when its
own interval ends where the range begins."""

_NOTHING_LEFT = (
    "The interval is all that is possible, so noise left nothing: "
    "ask with a larger epsilon or share."
)


@dataclass(frozen=True, slots=True)
class Restated:
    """A value and its 95 % interval, inside the range.

    `error_95` is the longer arm of the interval: half its width where nothing was cut.
    """

    value: float
    error_95: float
    low: float
    high: float
    note: str


def restated(
    value: float, half_width: float, possible: Range, nearest: float | None = None
) -> Restated:
    """A value with the interval of this half-width, cut to what is possible.

    Args:
        nearest: what is given for the value, if others have a say in it; the interval then reaches
            to it. Else the nearest that is possible.
    """
    inside = _LEAST_INSIDE * half_width
    low = possible.nearest(min(value - half_width, possible.high - inside))
    high = possible.nearest(max(value + half_width, possible.low + inside))
    given = possible.nearest(value if nearest is None else nearest)
    low, high = min(low, given), max(high, given)
    is_whole = given == value and (low == value - half_width or high == value + half_width)
    # As it came, where an arm is whole: the end less the value would be rounded.
    error_95 = half_width if is_whole else max(given - low, high - given)
    return Restated(given, error_95, low, high, _note(value, half_width, low, high, possible))


def _note(value: float, half_width: float, low: float, high: float, possible: Range) -> str:
    if not half_width:
        return ""
    if (low, high) == (possible.low, possible.high):
        return _NOTHING_LEFT
    if value < possible.low:
        return f"Noise carried it below {possible.low:g}, the least it can be, which is given."
    if value > possible.high:
        return f"Noise carried it above {possible.high:g}, the most it can be, which is given."
    return ""
