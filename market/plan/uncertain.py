"""Numbers with an error: first-order propagation from named, independent noises.

A value carries, for each noise it depends on, how far one standard deviation of that noise moves
it. Two values that share a noise stay correlated, so a ratio's error is right even when the same
opened sum stands above and below (JCGM 100:2008, section 5.2).

    n = measured(1000.0, sd=5.0, source="#valid")
    (2 * n / n).sd                                     # 0.0
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

REACH_SDS = 1.95
"""A 95 % interval is a little wider, so what is exact at its ends covers it."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """`parts` maps a noise's name to its signed effect, in the value's unit per sd of noise."""

    value: float
    parts: Mapping[str, float]

    @property
    def sd(self) -> float:
        return math.hypot(*self.parts.values())

    def __add__(self, other: Uncertain | float) -> Uncertain:
        right = _certain(other)
        return _moved(self.value + right.value, (self, 1.0), (right, 1.0))

    __radd__ = __add__

    def __sub__(self, other: Uncertain | float) -> Uncertain:
        right = _certain(other)
        return _moved(self.value - right.value, (self, 1.0), (right, -1.0))

    def __mul__(self, other: Uncertain | float) -> Uncertain:
        right = _certain(other)
        return _moved(self.value * right.value, (self, right.value), (right, self.value))

    __rmul__ = __mul__

    def __truediv__(self, other: Uncertain | float) -> Uncertain:
        """The ratio, its error to first order (raises ZeroDivisionError)."""
        right = _certain(other)
        ratio = self.value / right.value
        return _moved(ratio, (self, 1 / right.value), (right, -ratio / right.value))

    def sqrt(self) -> Uncertain:
        """The square root, its error to first order.

        Raises:
            ValueError: the value is below 0; ZeroDivisionError: it is 0.
        """
        root = math.sqrt(self.value)
        return _moved(root, (self, 0.5 / root))

    def squared(self) -> Uncertain:
        """The square. Its error has the second order too, as one of its own: at 0, or where the
        first order is taken off again as in p - p^2 at a half, there is no other.
        """
        slope = _moved(self.value * self.value, (self, 2 * self.value))
        curve = {f"#square of {'&'.join(sorted(self.parts))}": REACH_SDS * self.sd * self.sd}
        return Uncertain(slope.value, {**slope.parts, **curve} if self.sd else slope.parts)

    def bounded_root(self) -> Uncertain:
        """The square root of what cannot be below 0, whatever noise made of it; below, it is 0.

        Its error is the furthest that 1.95 standard deviations of the value move it, divided by
        1.95: to first order far from 0, where a root is nearly straight, and finite at 0, where it
        is not. A 95 % interval is a little wider than 1.95, so it reaches as far.
        """
        value, far = max(self.value, 0.0), REACH_SDS * self.sd
        root = math.sqrt(value)
        if far == 0:
            return exact(root)
        # sqrt(a) - sqrt(b) is (a - b) / (sqrt(a) + sqrt(b)), which loses no digits.
        upwards = 1 / (math.sqrt(value + far) + root)
        downwards = min(value / far, 1.0) / (root + math.sqrt(max(value - far, 0.0))) if root else 0
        return _moved(root, (self, max(upwards, downwards)))


def measured(value: float, *, sd: float, source: str) -> Uncertain:
    """A value with one noise of its own."""
    return Uncertain(value, {source: sd})


def exact(value: float) -> Uncertain:
    """A value without noise."""
    return Uncertain(value, {})


def weighted_sum(terms: Iterable[tuple[float, Uncertain]]) -> Uncertain:
    """The sum of values, each times its weight: in one pass, however many there are."""
    value, parts = 0.0, dict[str, float]()
    for weight, term in terms:
        value += weight * term.value
        for source, effect in term.parts.items():
            parts[source] = parts.get(source, 0.0) + weight * effect
    return Uncertain(value, parts)


def _certain(value: Uncertain | float) -> Uncertain:
    return value if isinstance(value, Uncertain) else exact(float(value))


def _moved(value: float, *slopes: tuple[Uncertain, float]) -> Uncertain:
    parts: dict[str, float] = {}
    for operand, slope in slopes:
        for source, effect in operand.parts.items():
            parts[source] = parts.get(source, 0.0) + slope * effect
    return Uncertain(value, parts)
