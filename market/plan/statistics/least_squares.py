"""Least squares from noised second moments: a fit with the error of every number in it.

The numbers are taken in units in which every noise is about 1 (without noise: every spread). There
the least eigenvalue of the features' scatter says whether they can be told apart. Where it is below
what the noise alone could make of it, the scatter is lifted by the difference: then it is positive
definite, and the weak directions, whose coefficients would be noise, are pulled towards 0, while
the strong ones hardly move. This is the ridge of AdaSSP (Wang 2018, arXiv:1803.02596, algorithm 2);
here its size follows from the noise of each entry, which the buyer knows.

    S      scatter of the features, s with the target, t of the target; all less their means
    M      S + ridge + lift;   b = M^-1 s
    db     M^-1 (ds - dS b): how far the noises move b, to first order
    V      σ² M^-1 S M^-1: how far another sample would, σ² the unexplained part of t
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from market.plan.matrix import Matrix, Vector, inner, inverse_of_positive, symmetric_eigen, times
from market.plan.statistics.averages import is_rough
from market.plan.statistics.noise_norm import norm_of_noise
from market.plan.statistics.terms import Spread, combined
from market.plan.uncertain import Uncertain, exact

# Of a sum of squares: a spread below it is rounding.
_ROUNDING = 1e-12
# Of the largest eigenvalue: a direction whose spread is below it is no direction of its own.
_NO_DIRECTION = 1e-10
# A coefficient of which the lift takes more than this part is said to be rough.
_NOTABLE_PULL = 0.05
# A 95 % interval is a little wider, so that it holds what is at most so far off.
_REACH_SDS = 1.95


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted line. What is by feature is None where the feature does not spread beyond its noise.

    Attributes:
        intercept, slopes: coefficients, in the target's unit per unit of the feature.
        intercept_sampling, slopes_sampling: how far another sample of as many rows would move them,
            one standard deviation; None with too few rows.
        pulled: by feature, whether the lift pulls it notably towards 0.
        explained: R²; None when the target does not vary.
    """

    intercept: Uncertain
    slopes: tuple[Uncertain | None, ...]
    intercept_sampling: Uncertain | None
    slopes_sampling: tuple[Uncertain | None, ...]
    pulled: tuple[bool, ...]
    explained: Uncertain | None


def least_squares(spread: Spread, ridge: float) -> Fit | None:
    """The target (the last of the numbers) by the others; None when their scatter is singular.

    Args:
        ridge: added to the sum of squares of each feature, in the features' own units.
    """
    features = len(spread.means) - 1
    kept = [i for i in range(features) if varies(spread, i)]
    scaled = _scaled(spread, kept, ridge)
    solved = _solved(scaled)
    if solved is None:
        return None
    unit = [scaled.target_scale / scale for scale in scaled.scales]
    slopes = [scale * slope for scale, slope in zip(unit, solved.slopes, strict=True)]
    means = [spread.means[i] for i in kept]
    noise = _unexplained_per_row(scaled, solved)
    at_zero = _quadratic(scaled, solved.inverse, scaled.means) + exact(1.0) / scaled.rows
    return Fit(
        intercept=_intercept(spread.means[-1], slopes, means),
        slopes=_placed(slopes, kept, features),
        intercept_sampling=_root(noise, at_zero, scaled.target_scale),
        slopes_sampling=_placed(
            [
                _root(noise, one, scale)
                for one, scale in zip(_squares(scaled, solved), unit, strict=True)
            ],
            kept,
            features,
        ),
        pulled=tuple(i in kept and solved.pulls[kept.index(i)] for i in range(features)),
        explained=_share(scaled.target - solved.unexplained, scaled.target),
    )


def varies(spread: Spread, number: int) -> bool:
    """Whether a number's spread is apart from its noise, and from rounding."""
    own = spread.scatter[number][number]
    return not is_rough(own) and own.value > _ROUNDING * spread.squares[number].value


@dataclass(frozen=True, slots=True)
class _Scaled:
    """S, s, t and the ridge of the features that are kept, in units of the noise."""

    rows: Uncertain
    means: list[Uncertain]
    scatter: list[list[Uncertain]]
    with_target: list[Uncertain]
    target: Uncertain
    ridge: list[float]
    scales: list[float]
    target_scale: float


def _scaled(spread: Spread, kept: Sequence[int], ridge: float) -> _Scaled:
    size = [_scale(*one) for one in zip(spread.squares, _diagonal(spread), strict=True)]
    scales = [size[i] for i in kept]
    return _Scaled(
        rows=spread.rows,
        means=[1 / size[i] * spread.means[i] for i in kept],
        scatter=[[1 / size[i] / size[j] * spread.scatter[i][j] for j in kept] for i in kept],
        with_target=[1 / size[i] / size[-1] * spread.scatter[i][-1] for i in kept],
        target=1 / size[-1] / size[-1] * spread.scatter[-1][-1],
        ridge=[ridge / scale / scale for scale in scales],
        scales=scales,
        target_scale=size[-1],
    )


def _scale(squares: Uncertain, own: Uncertain) -> float:
    """The unit of a number in which the noise of its squares is 1; without noise, its scatter."""
    return math.sqrt(squares.sd or max(own.value, 0.0)) or 1.0


def _diagonal(spread: Spread) -> list[Uncertain]:
    return [row[i] for i, row in enumerate(spread.scatter)]


@dataclass(frozen=True, slots=True)
class _Solution:
    """In scaled units: M^-1, b with its errors, t's unexplained part."""

    inverse: Matrix
    slopes: list[Uncertain]
    pulls: list[bool]
    unexplained: Uncertain


def _solved(scaled: _Scaled) -> _Solution | None:
    ridged = _values(scaled.scatter)
    for i, ridge in enumerate(scaled.ridge):
        ridged[i][i] += ridge
    eigenvalues, directions = symmetric_eigen(ridged)
    least, largest = (eigenvalues[-1], eigenvalues[0]) if eigenvalues else (1.0, 1.0)
    lift = max(0.0, norm_of_noise(scaled.scatter) - least)
    if not least + lift > _NO_DIRECTION * largest:
        return None
    for i in range(len(ridged)):
        ridged[i][i] += lift
    inverse = inverse_of_positive(ridged)
    if inverse is None:
        return None
    fitted = times(inverse, [one.value for one in scaled.with_target])
    # ds - dS b, its value what the penalties hold back.
    left = [
        combined([1.0, *(-one for one in fitted)], [one, *row])
        for one, row in zip(scaled.with_target, scaled.scatter, strict=True)
    ]
    pulls = [
        [_pull(lift, eigenvalue + lift, scaled.target) * one for one in direction]
        for eigenvalue, direction in zip(eigenvalues, directions, strict=True)
    ]
    slopes = _slopes(scaled, inverse, fitted, left, pulls)
    return _Solution(
        inverse,
        slopes,
        [lift * inverse[i][i] > _NOTABLE_PULL for i in range(len(inverse))],
        _unexplained(scaled, slopes, left) + _overfitted(scaled, inverse, left),
    )


def _slopes(
    scaled: _Scaled,
    inverse: Matrix,
    fitted: Vector,
    left: Sequence[Uncertain],
    pulls: Sequence[Vector],
) -> list[Uncertain]:
    """b, moved by db for each noise, and by the pull along each direction: an error too."""
    source = _source("pull", scaled)
    along = [(f"{source} along {k}", pull) for k, pull in enumerate(pulls) if any(pull)]
    return [
        Uncertain(b, {**combined(row, left).parts, **{name: one[i] for name, one in along}})
        for i, (b, row) in enumerate(zip(fitted, inverse, strict=True))
    ]


def _pull(lift: float, eigenvalue: float, target: Uncertain) -> float:
    """How far the lift may pull b along a direction of M with this eigenvalue, in standard
    deviations: all that b can be there when the direction, which spreads as much as it is lifted
    to, explains the whole target. What is left of b does not say: it is pulled itself.
    """
    most = math.sqrt(max(target.value, target.sd) / eigenvalue)
    return lift / eigenvalue * most / _REACH_SDS


def _unexplained(
    scaled: _Scaled, slopes: Sequence[Uncertain], left: Sequence[Uncertain]
) -> Uncertain:
    """t - 2bs + bSb: without a penalty b is its minimum, so that db does not move it."""
    b = [slope.value for slope in slopes]
    squares = [combined(b, row) for row in scaled.scatter]
    value = combined([1.0, *(-2 * one for one in b)], [scaled.target, *scaled.with_target])
    moved = combined(
        [-2 * one.value for one in left], [Uncertain(0.0, slope.parts) for slope in slopes]
    )
    return value + combined(b, squares) + moved


def _overfitted(scaled: _Scaled, inverse: Matrix, left: Sequence[Uncertain]) -> Uncertain:
    """What the line seems to explain because it follows the noise, r·M^-1·r with r = ds - dS b.

    Where the features explain little it is all there is to first order. It is given as expected;
    its own deviation is that of a square of one normal, the widest that a sum of squares has.
    """
    expected = sum(
        weight * inner(list(one.parts.values()), [other.parts.get(name, 0.0) for name in one.parts])
        for one, row in zip(left, inverse, strict=True)
        for weight, other in zip(row, left, strict=True)
    )
    return Uncertain(expected, {_source("overfit", scaled): math.sqrt(2) * expected})


def _source(what: str, scaled: _Scaled) -> str:
    """The name of an error that is no moment's: other rows have one of their own."""
    return f"#{what} of {'&'.join(sorted(scaled.rows.parts))}"


def _unexplained_per_row(scaled: _Scaled, solved: _Solution) -> Uncertain | None:
    """σ²; None with no more rows than coefficients."""
    free = scaled.rows - (len(scaled.scales) + 1.0)
    return solved.unexplained / free if free.value > 0 else None


def _squares(scaled: _Scaled, solved: _Solution) -> list[Uncertain]:
    """The diagonal of M^-1 S M^-1."""
    size = range(len(scaled.scales))
    return [_quadratic(scaled, solved.inverse, [exact(float(i == j)) for i in size]) for j in size]


def _root(noise: Uncertain | None, square: Uncertain, scale: float) -> Uncertain | None:
    return None if noise is None else scale * (noise * square).bounded_root()


def _quadratic(scaled: _Scaled, inverse: Matrix, along: Sequence[Uncertain]) -> Uncertain:
    """u M^-1 S M^-1 u, for a direction u, with the error of S and of u."""
    w = times(inverse, [one.value for one in along])
    v = times(inverse, times(_values(scaled.scatter), w))
    moved = [
        combined([wi * wj - 2 * wi * vj for wj, vj in zip(w, v, strict=True)], row)
        for wi, row in zip(w, scaled.scatter, strict=True)
    ]
    ones = [1.0] * len(moved)
    parts = combined([*ones, *(2 * vj for vj in v)], [*moved, *along]).parts
    return Uncertain(inner([one.value for one in along], v), parts)


def _share(part: Uncertain, whole: Uncertain) -> Uncertain | None:
    return part / whole if whole.value > 0 else None


def _intercept(
    mean: Uncertain, slopes: Sequence[Uncertain], means: Sequence[Uncertain]
) -> Uncertain:
    return combined(
        [1.0, *(-other.value for other in means), *(-slope.value for slope in slopes)],
        [mean, *slopes, *(Uncertain(0.0, other.parts) for other in means)],
    )


def _placed(
    values: Sequence[Uncertain | None], places: Sequence[int], size: int
) -> tuple[Uncertain | None, ...]:
    by_place = dict(zip(places, values, strict=True))
    return tuple(by_place.get(i) for i in range(size))


def _values(matrix: Sequence[Sequence[Uncertain]]) -> list[list[float]]:
    return [[entry.value for entry in row] for row in matrix]
