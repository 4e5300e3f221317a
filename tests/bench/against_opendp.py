"""How exact answers are beside OpenDP's on plaintext: `python against_opendp.py`.

The same question of the same rows under the same bounds, law, epsilon and delta: here as the plan
is priced for an encrypted table and its moments are noised and finished, there as OpenDP's own
measurements, scaled by its own search to that very loss. OpenDP has no mean without a public number
of rows: a mean there is a count and a sum of centred values, a variance one of squares too, each
with an even part of the budget (make_composition), which is as good as it does. Groups are counted
and summed one by one, since a row is in one of them.

An error is the root of the mean square over `RELEASES`; a ratio above 1 says that ours is larger.
test_against_opendp.py holds what Gaussian noise gives to `MOST`.
"""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import opendp.prelude as dp
from world.lattices import agg_lattice
from world.one_draw import one_draw

from crypto.noise import DerivedBits
from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from market.plan.answers import answers
from market.plan.decimals import fraction_of
from market.plan.expression import Column
from market.plan.factors import Product
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, NoiseLaw, Plan
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import Count, GroupBy, Histogram, Mean, Statistic, Sum, Variance
from market.pricing.quote import Quote, quote_at
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_moments

dp.enable_features("contrib")

ROWS: Final = 500
RELEASES: Final = 4_000
DELTA: Final = "0.000001"
LAWS: Final[tuple[NoiseLaw, ...]] = ("gaussian", "laplace")
LEVELS: Final = ("a", "b", "OTHER")
HALF, MIDDLE = 5.0, 5.0
SCHEMA = Schema(
    "bench",
    (
        NumericColumn("x", "0", "10", "a number", "points", "low", None, None),
        CategoricalColumn("g", LEVELS[:2], "a group"),
    ),
    PrivacyUnit(None, 1, "a row"),
    ROWS,
    (Product("x", "x"),),
)
X = Column("x")
ASKED: Final[dict[str, Statistic]] = {
    "count": Count(),
    "sum": Sum(X),
    "histogram": Histogram("g"),
    "mean": Mean(X),
    "variance": Variance(X),
    "group means": GroupBy(("g",), Mean(X)),
}
MOST: Final = {
    **dict.fromkeys(("count", "sum", "histogram"), 1.05),
    **dict.fromkeys(("mean", "variance", "group means"), 1.1),
}
"""The largest ratio that each may have."""
BOUNDS: Final = (("0", "77"), ("0", "50000"), ("18", "95"), ("-10", "10"), ("0.5", "99.5"))
"""Of columns that are summed: a middle of 0, one as large as the half range, and between."""
Rows = dict[str, np.ndarray[Any, Any]]
Scaled = Callable[[float], Any]


def measure() -> dict[str, dict[str, float]]:
    """Our error over OpenDP's, by law and epsilon, of every statistic; and of sums by bounds, where
    the noise alone is compared."""
    rows = some_rows()
    of_sums = {
        f"sums, {law}": {
            f"[{low}, {high}]": round(sum_ratio(low, high, law), 3) for low, high in BOUNDS
        }
        for law in LAWS
    }
    return of_sums | {
        f"{law}, epsilon {epsilon}": {
            name: round(
                our_error(one, rows, law, epsilon) / their_error(name, rows, law, epsilon), 3
            )
            for name, one in ASKED.items()
        }
        for law in LAWS
        for epsilon in ("0.5", "1")
    }


def sum_ratio(low: str, high: str, law: NoiseLaw) -> float:
    """The noise of our sum of a column of these bounds, over that of OpenDP's, at epsilon 1: by the
    scales of both, without a draw."""
    column = NumericColumn("x", low, high, "a number", "points", "low", None, None)
    schema = Schema("bench", (column,), PrivacyUnit(None, 1, "a row"), ROWS, ())
    lattice = agg_lattice(schema)
    priced = _quoted(Sum(X), schema, law, "1")
    (((terms,),),) = (one.sums for one in priced.lowered.statistics)
    sd = {output.output: output.noised(0.0, lattice).sd for output in priced.outputs}
    ours = math.hypot(*(float(factor) * sd[opened.id] for factor, opened in terms))
    size = max(abs(float(low)), abs(float(high)))
    scale = _scale_for([_summed(float(low), float(high))], law, 1.0) * size
    return ours / (scale if law == "gaussian" else math.sqrt(2) * scale)


def _quoted(asked: Statistic, schema: Schema, law: NoiseLaw, epsilon: str) -> Quote:
    named = (NamedStatistic("asked", 1, asked),)
    lattice = agg_lattice(schema)
    lowered = lower(Plan(PLAN_VERSION, ("bench",), law, named), schema)
    return quote_at(lowered, fraction_of(epsilon), DELTA, lattice)


def some_rows() -> Rows:
    """Values of a bell within their bounds, and levels, drawn anew."""
    generator = np.random.default_rng()
    return {
        "x": np.clip(generator.normal(6, 2, ROWS), 0, 10),
        "g": generator.choice(LEVELS, ROWS, p=(0.5, 0.3, 0.2)),
    }


def our_error(asked: Statistic, rows: Rows, law: NoiseLaw, epsilon: str) -> float:
    """Of the product's quote, noise and answers as noise left them: cut to what is possible they
    are nearer."""
    priced, lattice = _quoted(asked, SCHEMA, law, epsilon), agg_lattice(SCHEMA)
    lowered = priced.lowered
    exact = plaintext_moments(lowered, encode_table(rows, SCHEMA, PRODUCTS).columns)
    bits = DerivedBits(Secret(secrets.token_bytes(32)))

    def released(_number: int) -> list[float]:
        opened = {
            output.output: output.moment(
                round(exact[output.output].value * lattice.unit(output.degree))
                + one_draw(output.ladder, output.rung, bits),
                lattice,
            )
            for output in priced.outputs
        }
        (answer,) = answers(lowered, opened)
        return [cell.raw.value for cell in answer.cells if cell.raw.value is not None]

    (known,) = answers(lowered, exact)
    return _root_mean_square(released, [cell.raw.value for cell in known.cells])


def their_error(name: str, rows: Rows, law: NoiseLaw, epsilon: str) -> float:
    """Of OpenDP's measurements of the same, finished the same way."""
    centred = rows["x"] - MIDDLE
    squares = centred**2 - HALF**2 / 2
    groups = [centred[rows["g"] == level] for level in LEVELS]
    match name:
        case "count":
            ask, parts = [_counted], [[centred]]
        case "sum":
            # OpenDP's own: values as they are, so a row moves it by the larger bound.
            ask, parts = [_summed(0.0, 2 * HALF)], [[rows["x"]]]
        case "histogram":
            ask, parts = [_counted], [[group] for group in groups]
        case "variance":
            half_square = HALF**2 / 2
            ask = [_counted, _summed(-HALF, HALF), _summed(-half_square, half_square)]
            parts = [[centred, centred, squares]]
        case _:
            ask = [_counted, _summed(-HALF, HALF)]
            parts = [[one, one] for one in ([centred] if name == "mean" else groups)]
    scale = _scale_for(ask, law, float(epsilon))
    made = [one(scale, law) for one in ask]
    lists = [[values.tolist() for values in part] for part in parts]

    def finished(sums: Sequence[float]) -> float:
        count, *totals = sums
        if name == "variance":
            return (totals[1] / count + HALF**2 / 2) - (totals[0] / count) ** 2
        return MIDDLE + totals[0] / count if totals else count

    def released(_number: int) -> list[float]:
        return [
            finished([one(values) for one, values in zip(made, part, strict=True)])
            for part in lists
        ]

    exact = [
        finished(
            [len(part[0]) if one is _counted else sum(v) for one, v in zip(ask, part, strict=True)]
        )
        for part in lists
    ]
    return _root_mean_square(released, exact)


def _scale_for(ask: Sequence[Any], law: NoiseLaw, epsilon: float) -> float:
    """The scale, in sensitivities, at which all of them together keep epsilon, by OpenDP's maps."""

    def keeps(scale: float) -> bool:
        together = dp.c.make_composition([one(scale, law) for one in ask])
        if law == "laplace":
            return bool(together.map(1) <= epsilon)
        fixed = dp.c.make_fix_delta(dp.c.make_zCDP_to_approxDP(together), float(DELTA))
        return bool(fixed.map(1)[0] <= epsilon)

    return float(dp.binary_search(keeps, bounds=(0.2, 1e6)))


def _counted(scale: float, law: NoiseLaw) -> Any:
    count = dp.t.make_count(*_rows_of_numbers())
    return count >> (dp.m.then_gaussian(scale) if law == "gaussian" else dp.m.then_laplace(scale))


def _summed(low: float, high: float) -> Any:
    size = max(abs(low), abs(high))

    def summed(scale: float, law: NoiseLaw) -> Any:
        total = dp.t.make_clamp(*_rows_of_numbers(), (low, high)) >> dp.t.then_sum()
        noise = dp.m.then_gaussian if law == "gaussian" else dp.m.then_laplace
        return total >> noise(scale * size)

    return summed


def _rows_of_numbers() -> Any:
    return dp.vector_domain(dp.atom_domain(T=float, nan=False)), dp.symmetric_distance()


def _root_mean_square(released: Callable[[int], list[float]], exact: Sequence[Any]) -> float:
    errors = np.array([released(number) for number in range(RELEASES)]) - np.array(exact)
    return math.sqrt(float(np.mean(np.square(errors))))


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
