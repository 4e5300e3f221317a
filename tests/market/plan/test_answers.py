"""Errors: propagated as Monte Carlo finds them, promised as releases bear them out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from strategies.plans import is_answered
from world.lattices import agg_lattice

from crypto.ladder import Ladder
from crypto.parameters import PRODUCTS
from market.plan.answers import answers
from market.plan.expression import Column, Constant
from market.plan.factors import Product
from market.plan.lowered import lower
from market.plan.moments import Output
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import (
    BY_KIND,
    Correlation,
    Count,
    Covariance,
    GroupBy,
    Histogram,
    Mean,
    Statistic,
    Sum,
    Variance,
)
from market.plan.uncertain import Uncertain, exact, measured
from market.pricing.expected_errors import quoted_cells
from market.pricing.quote import quote
from market.pricing.quoted_output import QuotedOutput
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_moments
from market.tables.twin import make_twin

BINS = ("0", "3", "5", "7", "10")
SCHEMA = Schema(
    "small",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", "6", "2", BINS),
        NumericColumn("y", "-5", "5", "a number", "metres", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (Product("x", "x"), Product("y", "y")),
)
LATTICE = agg_lattice(SCHEMA)
X, Y = Column("x"), Column("y")
STATISTICS: dict[str, Statistic] = {
    "rows": Count(),
    "total": Sum(X),
    "mean": Mean(X),
    "variance": Variance(Y),
    "levels": Histogram("g"),
    "together": Covariance(X, Y),
    "correlation": Correlation(X, Y),
    "groups": GroupBy(("g",), Mean(X)),
}
EVERY_KIND: dict[str, Statistic] = {
    **{
        kind: next(one for one in node.examples(SCHEMA.columns) if is_answered(one, SCHEMA))
        for kind, node in BY_KIND.items()
        if node not in map(type, STATISTICS.values())
    },
    **STATISTICS,
}


def plan_of(law: str = "gaussian", **statistics: Statistic) -> Plan:
    named = [NamedStatistic(name, 1, statistic) for name, statistic in statistics.items()]
    return Plan(3, ("visits",), law, tuple(named))


def moments(sd: float = 0.0, **values: float) -> dict[str, Uncertain]:
    """Moments by id; `n` stands for the validity column, `_` for the product sign."""
    names = {"n": "#valid", "x_x": "x*x", "y_y": "y*y", "x_y": "x&y"}
    return {
        names.get(name, name): measured(value, sd=sd, source=name) for name, value in values.items()
    }


def only(plan: Plan, opened: dict[str, Uncertain]) -> tuple[float | None, float | None, str]:
    cell = answers(lower(plan, SCHEMA), opened)[0].cells[0]
    return cell.value, cell.error_95, cell.note


FORMULAS = {
    "sum": lambda a, b, c: 2 * a + b - c,
    "product": lambda a, b, c: a * b * c,
    "ratio": lambda a, b, c: (a + b) / c,
    "shared": lambda a, b, c: a / (a + b) - c / a,
    "variance": lambda a, b, c: b / a - (c / a) * (c / a),
}


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_propagated_sd_is_what_monte_carlo_finds(formula: object) -> None:
    values, sds = (1000.0, 600.0, 300.0), (5.0, 4.0, 3.0)
    operands = [
        measured(value, sd=sd, source=name)
        for value, sd, name in zip(values, sds, "abc", strict=True)
    ]
    generator = np.random.default_rng()
    drawn = [generator.normal(v, sd, 40_000) for v, sd in zip(values, sds, strict=True)]
    result = formula(*operands)
    assert result.value == pytest.approx(formula(*values))
    assert result.sd == pytest.approx(np.std(formula(*drawn)), rel=0.03)


def test_propagated_root_is_what_monte_carlo_finds() -> None:
    drawn = np.random.default_rng().normal(100.0, 2.0, 40_000)
    root = measured(100.0, sd=2.0, source="a").sqrt()
    assert root.sd == pytest.approx(np.std(np.sqrt(drawn)), rel=0.03)


@pytest.mark.parametrize("truth", [0.0, 0.1, 0.5, 1.0, 4.0, 25.0, 1e4])
def test_error_of_a_bounded_root_covers_the_actual_one(truth: float) -> None:
    drawn = np.random.default_rng().normal(truth, 1.0, 4_000)
    roots = [measured(one, sd=1.0, source="a").bounded_root() for one in drawn]
    covered = [abs(root.value - math.sqrt(truth)) <= 1.96 * root.sd for root in roots]
    assert np.mean(covered) >= 0.93


def test_bounded_root_is_the_first_order_one_far_from_0_and_finite_at_0() -> None:
    far = measured(1e4, sd=2.0, source="a")
    assert far.bounded_root().parts == {"a": pytest.approx(far.sqrt().sd, rel=1e-3)}
    for value in (0.0, -3.0, 1e-300, 5e-324):
        root = measured(value, sd=2.0, source="a").bounded_root()
        assert root.value == pytest.approx(0, abs=1e-100)
        assert root.sd == pytest.approx(2 / math.sqrt(1.95 * 2))
    assert exact(0.0).bounded_root() == exact(0.0)
    assert exact(9.0).bounded_root() == exact(3.0)


def test_a_noise_over_itself_cancels() -> None:
    rows = measured(1000.0, sd=50.0, source="#valid")
    assert (3 * rows / rows).sd == pytest.approx(0, abs=1e-12)
    assert (rows - rows).sd == 0
    assert exact(3.0).sd == 0


def test_opened_integer_becomes_value_and_sd() -> None:
    unit = PRODUCTS.unit(2)
    # Rung 0 is epsilon 1.
    output = QuotedOutput(Output("x&y", ("x", "y")), "x&y", Ladder("laplace", unit, 0), 0, 0)
    moment = output.moment(7 * unit + unit // 2, LATTICE)
    assert moment.value == 7.5
    assert moment.sd == pytest.approx(math.sqrt(2))


def test_quoted_error_is_the_one_the_answer_will_carry() -> None:
    lowered = lower(plan_of(**STATISTICS), SCHEMA)
    priced = quote(lowered, 5 * 10**11, "0.000001", LATTICE)
    encoded = encode_table(make_twin(SCHEMA, 3, 4_000), SCHEMA, PRODUCTS).columns
    scales = {output.output: output for output in priced.outputs}
    opened = {
        name: scales[name].moment(round(moment.value * PRODUCTS.unit(scales[name].degree)), LATTICE)
        for name, moment in plaintext_moments(lowered, encoded).items()
    }
    for promised, answer in zip(quoted_cells(priced), answers(lowered, opened), strict=True):
        for quoted, cell in zip(promised, answer.cells, strict=True):
            assert quoted.labels == cell.labels
            assert float(quoted.expected) == pytest.approx(cell.error_95, rel=0.15)
            assert cell.error_95 <= cell.raw.error_95


def test_mean_over_no_rows_is_explained() -> None:
    value, error, note = only(plan_of(m=Mean(X)), moments(sd=4.0, n=-2.0, x=1.0))
    assert (value, error) == (None, None)
    assert "larger epsilon" in note


def test_mean_over_few_rows_is_called_rough() -> None:
    value, _, note = only(plan_of(m=Mean(X)), moments(sd=4.0, n=10.0, x=1.0))
    assert value == pytest.approx(5.5)
    assert "rough" in note


def test_negative_noisy_variance_is_zero_and_explained() -> None:
    opened = moments(sd=1.0, n=100.0, y=10.0, y_y=0.5)
    value, error, note = only(plan_of(v=Variance(Y)), opened)
    assert value == 0
    assert error > 0
    assert "below 0" in note


def test_correlation_without_spread_is_explained() -> None:
    opened = moments(sd=1.0, n=100.0, x=0.0, y=10.0, x_x=50.0, y_y=0.5, x_y=3.0)
    value, _, note = only(plan_of(c=Correlation(X, Y)), opened)
    assert value is None
    assert "no correlation" in note


def test_correlation_beyond_one_is_one() -> None:
    opened = moments(sd=1.0, n=100.0, x=0.0, y=0.0, x_x=50.0, y_y=50.0, x_y=-60.0)
    value, error, note = only(plan_of(c=Correlation(X, Y)), opened)
    assert value == -1
    assert error > 0
    assert note


def test_answer_known_without_data_is_exact() -> None:
    plan = plan_of(
        m=Mean(Constant("4")),
        v=Variance(Constant("4")),
        c=Covariance(Constant("4"), X),
        r=Correlation(X, Constant("4")),
        n=Count(),
    )
    lowered = lower(plan, SCHEMA)
    # The count alone opens anything.
    assert [output.id for output in lowered.outputs] == ["#valid"]
    *known, _ = answers(lowered, moments(n=100.0))
    cells = [answer.cells[0] for answer in known]
    found = [(cell.value, cell.error_95) for cell in cells]
    assert found == [(4, 0), (0, 0), (0, 0), (None, None)]


def test_variance_by_group_is_that_of_the_groups_rows() -> None:
    twin = make_twin(SCHEMA, 3, 400)
    lowered = lower(plan_of(v=GroupBy(("g",), Variance(Y))), SCHEMA)
    encoded = encode_table(twin, SCHEMA, PRODUCTS).columns
    (answer,) = answers(lowered, plaintext_moments(lowered, encoded))
    assert [cell.labels for cell in answer.cells] == [("a",), ("b",), ("OTHER",)]
    for cell in answer.cells:
        of_group = np.asarray(twin["y"])[np.asarray(twin["g"]) == cell.labels[0]]
        assert cell.value == pytest.approx(np.var(of_group), rel=1e-6)


def test_units_are_the_owners() -> None:
    lowered = lower(plan_of(**STATISTICS), SCHEMA)
    encoded = encode_table(make_twin(SCHEMA, 3, 50), SCHEMA, PRODUCTS).columns
    found = answers(lowered, plaintext_moments(lowered, encoded))
    assert {answer.name: answer.unit for answer in found} == {
        "rows": "rows",
        "total": "points",
        "mean": "points",
        "variance": "(metres)^2",
        "levels": "rows",
        "together": "points x metres",
        "correlation": "",
        "groups": "points",
    }
