"""A model that was asked by group is one for each group, and predicts each row by its own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from world.kept_answers import JOB, kept

from market.errors import Refused
from market.models.grouped import GroupedModels
from market.models.kept_result import kept_result
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.factors import Product
from market.plan.schema import BooleanColumn, CategoricalColumn, NumericColumn, PrivacyUnit, Schema

SCHEMA = Schema(
    "groups",
    (
        NumericColumn("x", "0", "10", "a number", "", "drop_row", None, None),
        NumericColumn("y", "-50", "50", "another", "", "midpoint", None, None),
        CategoricalColumn("health", ("good", "poor"), "how they are"),
        BooleanColumn("child", "is a child", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (Product("child", "health"), Product("x", "x"), Product("x", "y"), Product("y", "y")),
)
DS = Dataset(SCHEMA)
SLOPES = {("good", True): 2.0, ("good", False): -3.0, ("poor", True): 4.0, ("poor", False): 1.0}
LINE = {"target": "y", "features": ["x"]}


def table() -> pd.DataFrame:
    rows = [
        {"x": x, "y": slope * x, "health": health, "child": child}
        for (health, child), slope in SLOPES.items()
        for x in np.linspace(0, 10, 101)
    ]
    return pd.DataFrame(rows)


def grouped(home: Path, asked: AskedStatistic) -> Any:
    kept(home, table(), schema=SCHEMA, model=asked)
    model = kept_result(JOB, home).model
    assert isinstance(model, GroupedModels)
    return model


def test_each_level_has_its_own_line(tmp_path: Path) -> None:
    models = grouped(tmp_path, DS.group_by("child").linear_regression(**LINE))
    assert list(models) == [("true",), ("false",)]
    # Halfway between the two groups that each is made of.
    assert models["true"].coef_ == pytest.approx([3])
    assert models["false",].coef_ == pytest.approx([-1])
    with pytest.raises(KeyError):
        models["neither"]


def test_row_is_predicted_by_the_line_of_its_own_two_levels(tmp_path: Path) -> None:
    models = grouped(tmp_path, DS.group_by("health", "child").linear_regression(**LINE))
    assert len(models) == 6
    assert models["poor", "true"].coef_ == pytest.approx([4])
    frame = table().sample(frac=1, random_state=1)
    assert models.predict(frame) == pytest.approx(frame["y"].to_numpy(), abs=1e-6)
    rows = [{"x": 2, "health": "good", "child": "no"}, {"x": 2, "health": "poor", "child": "no"}]
    assert models.predict(rows) == pytest.approx([-6, 2])


def test_row_of_a_group_without_a_model_has_no_prediction(tmp_path: Path) -> None:
    models = grouped(tmp_path, DS.group_by("health").linear_regression(**LINE))
    with pytest.raises(Refused, match="model of OTHER") as refused:
        models["OTHER"]
    assert refused.value.code == "model-unfitted"
    # Neither has one of whom the owner would have left out.
    rows = [{"x": 1, "health": "none said"}, {"x": None, "health": "good"}]
    assert [math.isnan(value) for value in models.predict(rows)] == [True, True]


def test_filter_before_the_groups_is_no_label(tmp_path: Path) -> None:
    some = DS.where(DS["child"])
    models = grouped(tmp_path, some.group_by("health").naive_bayes("child", ["health"]))
    assert models["good"].class_count_ == pytest.approx([101, 0])


def test_classes_are_predicted_as_the_owner_wrote_them(tmp_path: Path) -> None:
    models = grouped(tmp_path, DS.group_by("child").naive_bayes("health", ["x"]))
    predicted = models.predict({"x": [1.0, 9.0, None], "child": [True, False, True]})
    assert set(predicted[:2]) <= {"good", "poor"}
    assert predicted[2] is None


def test_components_are_taken_by_group_and_predict_nothing(tmp_path: Path) -> None:
    models = grouped(tmp_path, DS.group_by("child").principal_components("x", "y", count=1))
    assert models["true"].transform(table()).shape == (404, 1)
    with pytest.raises(Refused) as refused:
        models.predict(table())
    assert refused.value.code == "model-predicts-nothing"
    assert "models[('true',)]" in refused.value.next_action
