"""A regression is the line that least squares draws, and its errors are those it makes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from strategies.oracles import series
from world.noised_moments import NoisedMoments, by_labels

from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.decimals import fraction_of
from market.plan.expression import Column, Multiply
from market.plan.factors import Product
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics.linear_regression import LinearRegression
from market.plan.statistics.terms import Term
from market.tables.twin import make_twin

SCHEMA = Schema(
    "survey",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", "6", "2"),
        NumericColumn("y", "-5", "5", "a number", "metres", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (Product("x", "x"),),
)
DS = Dataset(SCHEMA)
LINE = DS.linear_regression(target="y", features=["x", "flag"]).statistic
RHO = 5 * 10**11


def oracle(asked: LinearRegression, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    """Ordinary least squares of the rows; NaN where their spread leaves it to rounding."""
    size = 2 * len(asked.terms) + 3
    features = np.array([series(term.of, frame) for term in asked.terms], dtype=float)
    target = series(asked.target, frame).to_numpy(dtype=float)
    if len(frame) < len(asked.terms) + 2 or target.var() < 1e-3:
        return [math.nan] * size
    spreads = features.var(axis=1)
    kept = [i for i, one in enumerate(spreads) if one > 1e-3]
    if any(0 < one <= 1e-3 for one in spreads) or not _apart(features[kept]):
        return [math.nan] * size
    return _least_squares(features[kept], target, kept, asked)


def _apart(features: np.ndarray) -> bool:
    correlations = np.corrcoef(features) if len(features) > 1 else np.eye(len(features))
    return len(features) == 0 or bool(np.linalg.eigvalsh(correlations)[0] > 1e-2)


def _least_squares(
    features: np.ndarray, target: np.ndarray, kept: Sequence[int], asked: LinearRegression
) -> list[float]:
    free = features.shape[1] - len(kept) - 1
    centre = features.mean(axis=1)
    x, y = features.T - centre, target - target.mean()
    penalised = x.T @ x + float(fraction_of(asked.ridge)) * np.eye(len(kept))
    slopes = np.linalg.solve(penalised, x.T @ y)
    left = float(((y - x @ slopes) ** 2).sum())
    if left < 1e-6 * float(y @ y) or free < 1:
        return [math.nan] * (2 * len(asked.terms) + 3)
    inverse = np.linalg.inv(penalised)
    covariance = left / free * inverse @ (x.T @ x) @ inverse
    at_zero = left / free / len(y) + centre @ covariance @ centre
    cells = [target.mean() - slopes @ centre, math.sqrt(at_zero)]
    by_place = dict(zip(kept, zip(slopes, np.sqrt(np.diag(covariance)), strict=True), strict=True))
    for place in range(len(asked.terms)):
        cells += by_place.get(place, (math.nan, math.nan))
    return [float(one) for one in (*cells, 1 - left / float(y @ y))]


@pytest.mark.parametrize("ridge", [0, 0.5, 400])
def test_ridge_is_scikit_learns(ridge: float) -> None:
    asked = DS.linear_regression("y", ["x", "flag"], ridge=ridge).statistic
    twin = make_twin(SCHEMA, 3, 400)
    found = by_labels(NoisedMoments(asked, SCHEMA, twin, RHO).truth())
    x = np.array([twin["x"], twin["flag"]], dtype=float).T
    y = np.array(twin["y"], dtype=float)
    moved = x - x.mean(axis=0)
    slopes = np.linalg.solve(moved.T @ moved + ridge * np.eye(2), moved.T @ (y - y.mean()))
    assert found["x", "coefficient"].value == pytest.approx(slopes[0], rel=1e-6)
    assert found["flag", "coefficient"].value == pytest.approx(slopes[1], rel=1e-6)


def test_ridge_halves_no_standard_error_beyond_what_another_sample_moves() -> None:
    """Lines through 2,000 samples of one population spread as their standard errors say."""
    generator = np.random.default_rng()
    slopes, errors = [], []
    for _ in range(300):
        x = generator.uniform(0, 10, 60)
        y = np.clip(0.4 * x - 2 + generator.normal(0, 0.8, 60), -5, 5)
        table = {"x": x, "y": y, "g": ["a"] * 60, "flag": [False] * 60}
        asked = DS.linear_regression("y", ["x"], ridge=100).statistic
        found = by_labels(NoisedMoments(asked, SCHEMA, table, RHO).truth())
        slopes.append(found["x", "coefficient"].value)
        errors.append(found["x", "standard error"].value)
    assert np.std(slopes) == pytest.approx(np.mean(errors), rel=0.25)


def test_square_that_the_owner_declared_bends_the_line() -> None:
    x, square = DS["x"], DS["x"] * DS["x"]
    asked = DS.linear_regression("y", {"x": x, "x_squared": square}).statistic
    assert asked == LinearRegression(
        Column("y"),
        (Term(Column("x"), "x"), Term(Multiply(Column("x"), Column("x")), "x_squared")),
    )
    twin = make_twin(SCHEMA, 3, 400)
    found = by_labels(NoisedMoments(asked, SCHEMA, twin, RHO).truth())
    bent = np.polyfit(np.array(twin["x"], dtype=float), np.array(twin["y"], dtype=float), 2)
    assert found["x_squared", "coefficient"].value == pytest.approx(bent[0], rel=1e-4)


def test_features_that_follow_from_one_another_are_told_and_a_ridge_parts_them() -> None:
    doubled = {"x": DS["x"], "twice": 2 * DS["x"]}
    twin = make_twin(SCHEMA, 3, 400)
    asked = DS.linear_regression("y", doubled).statistic
    found = NoisedMoments(asked, SCHEMA, twin, RHO).truth()
    assert {cell.value for cell in found.cells} == {None}
    assert all("leave one out" in cell.note for cell in found.cells)
    parted = DS.linear_regression("y", doubled, ridge=1).statistic
    cells = by_labels(NoisedMoments(parted, SCHEMA, twin, RHO).truth())
    assert cells["twice", "coefficient"].value == pytest.approx(
        2 * cells["x", "coefficient"].value, rel=1e-6
    )


def test_noise_cannot_tell_such_features_apart_and_says_so() -> None:
    doubled = DS.linear_regression("y", {"x": DS["x"], "twice": 2 * DS["x"]}).statistic
    priced = NoisedMoments(doubled, SCHEMA, make_twin(SCHEMA, 3, 4_000), RHO)
    for release in priced.releases(50):
        found = by_labels(release)
        for term in ("x", "twice"):
            cell = found[term, "coefficient"]
            assert "pulled towards 0" in cell.note
            assert abs(cell.value) < 1


@pytest.mark.parametrize("apart", [0.1, 0.3, 1.0])
@pytest.mark.parametrize(("one", "other"), [(0.3, 0.4), (0.9, -0.6)])
def test_stated_error_holds_what_the_lift_takes(apart: float, one: float, other: float) -> None:
    """Of features that hardly differ, and explain together or against each other."""
    generator = np.random.default_rng()
    x = generator.uniform(1, 9, 4_000)
    z = np.clip(x + generator.normal(0, apart, 4_000), 0, 10)
    y = np.clip(one * x + other * z + generator.normal(0, 0.5, 4_000), -5, 10)
    numbers = tuple(
        NumericColumn(name, "-5", "10", "a number", "", "midpoint", None, None) for name in "xyz"
    )
    schema = Schema("close", numbers, PrivacyUnit(None, 1, "a row"), 4_000, ())
    asked = Dataset(schema).linear_regression("y", ["x", "z"]).statistic
    priced = NoisedMoments(asked, schema, {"x": x, "y": y, "z": z}, RHO)
    truth, within = by_labels(priced.truth())["x", "coefficient"].value, 0
    for release in priced.releases(300):
        cell = by_labels(release)["x", "coefficient"]
        within += abs(cell.value - truth) <= cell.error_95
    assert within / 300 >= 0.95 - 5 * math.sqrt(0.95 * 0.05 / 300)


def test_constant_feature_is_left_out_and_the_others_stay() -> None:
    table = {**make_twin(SCHEMA, 3, 400), "flag": [True] * 400}
    priced = NoisedMoments(LINE, SCHEMA, table, RHO)
    for answer in (priced.truth(), *priced.releases(20)):
        found = by_labels(answer)
        assert found["flag", "coefficient"].value is None
        assert "left out" in found["flag", "standard error"].note
        assert found["x", "coefficient"].value is not None


def test_constant_target_has_a_flat_line_and_nothing_to_explain() -> None:
    table = {**make_twin(SCHEMA, 3, 400), "y": [2.0] * 400}
    found = by_labels(NoisedMoments(LINE, SCHEMA, table, RHO).truth())
    assert found["x", "coefficient"].value == pytest.approx(0, abs=1e-9)
    assert found["(intercept)", "coefficient"].value == pytest.approx(2, rel=1e-6)


def test_rows_of_no_number_leave_no_line() -> None:
    empty = {"x": [0.0], "y": [0.0], "g": ["a"], "flag": [False]}
    found = by_labels(NoisedMoments(LINE, SCHEMA, empty, RHO).truth())
    assert found["x", "coefficient"].value is None
    for release in NoisedMoments(LINE, SCHEMA, empty, 10**8).releases(100):
        for cell in release.cells:
            assert cell.value is None or math.isfinite(cell.value)
            assert cell.note or cell.error_95 is not None


def test_few_rows_have_no_standard_error() -> None:
    table = {
        "x": [1.0, 2.0, 5.0],
        "y": [0.0, 1.0, 1.0],
        "g": ["a"] * 3,
        "flag": [False, True, True],
    }
    found = by_labels(NoisedMoments(LINE, SCHEMA, table, RHO).truth())
    assert found["x", "coefficient"].value == pytest.approx(0, abs=1e-6)
    assert found["x", "standard error"].value is None
    assert "fewer features" in found["x", "standard error"].note


@pytest.mark.parametrize(
    ("features", "says"),
    [
        ("x", "str"),
        (["x", "x"], "named twice"),
        ([], "0 columns"),
        ([1], "int"),
        ({"X": DS["x"]}, "lower-case"),
        ({"x": 3}, "expected a numeric column"),
        ({1: DS["x"]}, "expected names"),
        (DS["x"], "Quantity"),
        (None, "NoneType"),
    ],
)
def test_features_that_are_none_are_refused(features: object, says: str) -> None:
    with pytest.raises(Refused) as refused:
        DS.linear_regression("y", features)  # type: ignore[arg-type]
    assert refused.value.code == "plan-features"
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (lambda: DS.linear_regression("y", ["z"]), "plan-column"),
        (lambda: DS.linear_regression("z", ["x"]), "plan-column"),
        (lambda: DS.linear_regression("g", ["x"]), "plan-categorical"),
        (lambda: DS.linear_regression(3, ["x"]), "plan-features"),
        (lambda: DS.linear_regression("y", ["x"], ridge=-1), "plan-features"),
        (lambda: DS.linear_regression("y", ["x"], ridge=math.nan), "plan-features"),
        (lambda: DS.linear_regression("y", ["x"], ridge="much"), "plan-features"),
        (lambda: DS.linear_regression("y", {"x": DS.where(DS["flag"])["x"]}), "plan-other-rows"),
        (lambda: DS.linear_regression("y", {"yy": DS["y"] * DS["y"]}), "plan-degree"),
        (lambda: DS.where(DS["flag"]).linear_regression("y", ["x"]), "plan-degree"),
    ],
)
def test_question_without_an_answer_is_refused(asked: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        asked()  # type: ignore[operator]
    assert refused.value.code == code


def test_question_is_read_by_whoever_approves_it() -> None:
    asked = DS.linear_regression("y", ["x", "g"], ridge=0.5).statistic
    assert asked.words == (
        'linear regression of y on x, [g is "b"], [g is "OTHER"], with a ridge of 0.5'
    )


@pytest.mark.parametrize("word", ["regress", "fit", "ols"])
def test_what_others_call_a_regression_leads_to_it(word: str) -> None:
    for face in (DS, DS["x"], DS.group_by("g")):
        with pytest.raises(Refused) as refused:
            getattr(face, word)
        assert "linear_regression" in refused.value.next_action
