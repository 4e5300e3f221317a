"""The numbers of a fitted line, as an answer gives them: coefficients and their standard errors."""

from __future__ import annotations

import math
from collections.abc import Sequence

from market.plan.ranges import NOT_NEGATIVE
from market.plan.statistics.contract import Labels, Number, Total
from market.plan.statistics.least_squares import Fit
from market.plan.uncertain import Uncertain

INTERCEPT = "(intercept)"
"""Neither a column nor a term can be called so."""
COEFFICIENT, STANDARD_ERROR = "coefficient", "standard error"

SINGULAR = (
    "The features follow from one another, so there is no one answer: leave one out, or ask with a "
    "ridge."
)
_FEW_ROWS = "There are no more rows than coefficients: ask with fewer features."
_LEFT_OUT = (
    "The feature's spread is not apart from 0 beyond its noise, so it is left out, as if it were "
    "the same in every row: ask with a larger epsilon or share."
)
_PULLED = (
    "Beyond the noise little tells the features apart, so the coefficient is pulled towards 0, and "
    "rough: ask with a larger epsilon or share, or fewer features."
)


def unfitted(labels: Labels, terms: Sequence[str], why: str) -> list[Number]:
    """The numbers where there is no line to give."""
    return [
        Number((*labels, name, what), None, why)
        for name in (INTERCEPT, *terms)
        for what in (COEFFICIENT, STANDARD_ERROR)
    ]


def fitted(rows: Total, terms: Sequence[str], fit: Fit) -> list[Number]:
    """The intercept's numbers, then those of each feature.

    The standard error is of the sample and the noise together. Its own error is the noise's: in
    the part that comes of the sample, and all of the part that comes of the noise.

    Args:
        rows: the part with the number of rows.
    """
    names = (INTERCEPT, *terms)
    values = (fit.intercept, *fit.slopes)
    samplings = (fit.intercept_sampling, *fit.slopes_sampling)
    notes = ("", *(_note(one, pulled) for one, pulled in zip(fit.slopes, fit.pulled, strict=True)))
    source = f"#noise of {'&'.join(sorted(rows.sums[0].parts))}"
    numbers: list[Number] = []
    for name, value, sampling, note in zip(names, values, samplings, notes, strict=True):
        both = None if value is None or sampling is None else _joined(value, sampling, source)
        why = note or (_FEW_ROWS if both is None else "")
        numbers += [
            Number((*rows.labels, name, COEFFICIENT), value, note),
            Number((*rows.labels, name, STANDARD_ERROR), both, why, NOT_NEGATIVE),
        ]
    return numbers


def _note(slope: Uncertain | None, pulled: bool) -> str:
    if slope is None:
        return _LEFT_OUT
    return _PULLED if pulled else ""


def _joined(value: Uncertain, sampling: Uncertain, source: str) -> Uncertain:
    both = math.hypot(sampling.value, value.sd)
    slope = sampling.value / both if both else 1.0
    parts = {name: slope * effect for name, effect in sampling.parts.items()}
    return Uncertain(both, {**parts, source: both - sampling.value})
