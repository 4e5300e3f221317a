"""Principal components are NumPy's, and say how far the noise turns them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from strategies.oracles import series
from world.noised_moments import NoisedMoments, by_labels

from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.schema import BooleanColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics.principal_components import PrincipalComponents

SCHEMA = Schema(
    "survey",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None),
        NumericColumn("y", "0", "10", "a number", "points", "midpoint", None, None),
        NumericColumn("z", "0", "10", "a number", "points", "midpoint", None, None),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (),
)
DS = Dataset(SCHEMA)
RHO = 5 * 10**11


def oracle(asked: PrincipalComponents, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    """By NumPy; NaN where a component has no direction of its own, or which end is up is close."""
    columns = np.array([series(term.of, frame) for term in asked.terms], dtype=float)
    size = len(columns)
    cells = 2 * size + asked.count * (size + 2)
    if len(frame) < 2 or columns.var(axis=1).min() < 1e-3:
        return [math.nan] * cells
    scales = columns.std(axis=1) if asked.is_standardized else np.ones(size)
    values, vectors = np.linalg.eigh(np.cov(columns / scales[:, None], bias=True))
    found = [*columns.mean(axis=1), *scales]
    for k in reversed(range(size - asked.count, size)):
        found += [values[k], values[k] / values.sum(), *_loadings(values, vectors, k)]
    return [float(one) for one in found]


def _loadings(values: np.ndarray, vectors: np.ndarray, k: int) -> np.ndarray:
    sizes = np.sort(np.abs(vectors[:, k]))
    gap = np.abs(np.delete(values, k) - values[k]).min()
    if gap < 1e-2 * values[-1] or sizes[-1] - sizes[-2] < 1e-3:
        return np.full(len(values), math.nan)
    return vectors[:, k] * np.sign(vectors[np.abs(vectors[:, k]).argmax(), k])


def related(rows: int) -> dict[str, list[object]]:
    """y follows x, z neither; all within their bounds."""
    generator = np.random.default_rng()
    x, z, flag = generator.uniform(0, 10, rows), generator.uniform(3, 7, rows), [True] * rows
    y = 0.6 * x + generator.uniform(0, 4, rows)
    flag = (generator.uniform(size=rows) < 0.5).tolist()
    return {"x": x.tolist(), "y": y.tolist(), "z": z.tolist(), "flag": flag}


@pytest.mark.parametrize("standardized", [False, True])
def test_stated_errors_cover_the_actual_ones(standardized: bool) -> None:
    asked = DS.principal_components("x", "y", "z", count=2, standardized=standardized).statistic
    priced = NoisedMoments(asked, SCHEMA, related(4_000), RHO)
    truth = by_labels(priced.truth())
    within = dict.fromkeys(truth, 0)
    for release in priced.releases(300):
        for one, cell in by_labels(release).items():
            within[one] += abs(cell.value - truth[one].value) <= cell.error_95 + 1e-12
    for one, count in within.items():
        assert count / 300 >= 0.95 - 5 * math.sqrt(0.95 * 0.05 / 300), one


def test_first_component_holds_most_and_its_largest_loading_is_above_0() -> None:
    asked = DS.principal_components(count=4).statistic
    found = by_labels(NoisedMoments(asked, SCHEMA, related(4_000), RHO).truth())
    shares = [found[f"component {k}", "share of variance"].value for k in range(1, 5)]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    for k in range(1, 5):
        loadings = [found[f"component {k}", "loading", n].value for n in ("x", "y", "z", "flag")]
        assert math.hypot(*loadings) == pytest.approx(1)
        assert max(loadings, key=abs) > 0


def test_standardized_components_know_no_unit() -> None:
    table = related(400)
    plain = DS.principal_components("x", "y", standardized=True).statistic
    found = by_labels(NoisedMoments(plain, SCHEMA, table, RHO).truth())
    correlation = np.corrcoef(table["x"], table["y"])[0, 1]
    assert found["component 1", "variance"].value == pytest.approx(1 + correlation, rel=1e-6)
    assert found["component 1", "loading", "x"].value == pytest.approx(math.sqrt(0.5), rel=1e-6)
    assert found["scale", "x"].value == pytest.approx(np.std(table["x"]), rel=1e-6)


def test_columns_that_spread_alike_have_no_direction() -> None:
    square = {"x": [0, 0, 10, 10], "y": [0, 10, 0, 10], "z": [5] * 4, "flag": [True] * 4}
    asked = DS.principal_components("x", "y", count=1).statistic
    priced = NoisedMoments(asked, SCHEMA, square, RHO)
    cell = by_labels(priced.truth())["component 1", "loading", "x"]
    assert cell.value is None
    assert "spread alike" in cell.note
    many = {name: [*values] * 1_000 for name, values in square.items()}
    for release in NoisedMoments(asked, SCHEMA, many, RHO).releases(20):
        assert "rough" in by_labels(release)["component 1", "loading", "x"].note


def test_constant_column_cannot_be_standardized() -> None:
    table = {**related(400), "flag": [True] * 400}
    asked = DS.principal_components("x", "flag", standardized=True).statistic
    answers = list(NoisedMoments(asked, SCHEMA, table, RHO).releases(20))
    refused = [one for one in answers if {cell.value for cell in one.cells} == {None}]
    # Noise of three deviations passes for a spread once in 700 releases.
    assert len(refused) >= 17
    assert all("leave it out" in one.cells[0].note for one in refused)


@pytest.mark.parametrize("count", [0, 3, True, 1.0, "two"])
def test_count_is_a_number_of_components(count: int) -> None:
    with pytest.raises(Refused) as refused:
        DS.principal_components("x", "y", count=count)
    assert refused.value.code == "plan-features"
