"""A buyer's program takes a kept result, and predicts with its models."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from world.kept_answers import JOB, kept
from world.rand_models import FEATURES, RAND, rand_design, rand_frame

from market.errors import NotFound, Refused
from market.models.kept_result import KeptResult, kept_result
from market.plan.dataset import Dataset
from market.plan.schema import BooleanColumn, NumericColumn, PrivacyUnit, Schema

DS = Dataset(RAND)
LINE = DS.linear_regression("visits", FEATURES)
EXCELLENT = DS.logistic_regression(DS["health"] == "excellent", ["disease", "limitation"])
CLASSES = DS.naive_bayes("deductible", ["health"])
COMPONENTS = DS.principal_components("disease", "visits", "health", count=2)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return rand_frame()


def test_line_predicts_what_statsmodels_predicts(tmp_path: Path, frame: pd.DataFrame) -> None:
    kept(tmp_path, frame, line=LINE, rows=DS.count())
    model = kept_result(JOB, tmp_path).model
    design = rand_design(frame)
    expected = sm.OLS(frame["visits"], design).fit()
    assert np.allclose(model.predict(frame), expected.predict(design), rtol=1e-6)
    assert model.score(frame) == pytest.approx(expected.rsquared, rel=1e-6)
    assert model.score(frame, frame["visits"]) == model.score(frame)
    assert model.feature_names_in_ == FEATURES
    assert model.get_feature_names_out()[-1] == "health = OTHER"
    assert model.coef_[-1] == 0
    assert math.isnan(model.standard_errors_[-1])
    assert model.intercept_ == pytest.approx(expected.params["(intercept)"], rel=1e-6)


def test_noised_line_predicts_nearly_as_well(tmp_path: Path, frame: pd.DataFrame) -> None:
    kept(tmp_path, frame, is_noisy=True, line=LINE)
    model = kept_result(JOB, tmp_path).model
    whole = sm.OLS(frame["visits"], rand_design(frame)).fit().rsquared
    assert model.score(frame) == pytest.approx(whole, abs=0.01)


def test_rows_are_read_as_the_owners_are(tmp_path: Path, frame: pd.DataFrame) -> None:
    kept(tmp_path, frame, line=LINE)
    model = kept_result(JOB, tmp_path).model
    row = frame.iloc[0].to_dict()
    (usual,) = model.predict([row])
    assert model.predict(pd.DataFrame([row])) == pytest.approx([usual])
    assert model.predict({name: [value] for name, value in row.items()}) == pytest.approx([usual])
    # Beyond the bounds is at them, missing is at the midpoint, an unknown level is OTHER.
    beyond, at_bound = {**row, "disease": 900}, {**row, "disease": 60}
    assert model.predict([beyond]) == pytest.approx(model.predict([at_bound]))
    missing, middle = {**row, "disease": None}, {**row, "disease": 30}
    assert model.predict([missing]) == pytest.approx(model.predict([middle]))
    unheard, other = {**row, "health": "never heard of"}, {**row, "health": "OTHER"}
    assert model.predict([unheard]) == pytest.approx(model.predict([other]))
    flags = [{**row, "deductible": value} for value in (True, "yes", 1)]
    assert len({round(value, 12) for value in model.predict(flags)}) == 1


def test_rows_without_a_column_are_refused(tmp_path: Path, frame: pd.DataFrame) -> None:
    kept(tmp_path, frame, line=LINE)
    model = kept_result(JOB, tmp_path).model
    with pytest.raises(Refused) as refused:
        model.predict(frame.drop(columns="disease"))
    assert refused.value.code == "table-column-missing"
    with pytest.raises(Refused) as refused:
        model.predict("visits.csv")
    assert refused.value.code == "model-rows"


def test_log_odds_become_probabilities(tmp_path: Path, frame: pd.DataFrame) -> None:
    kept(tmp_path, frame, excellent=EXCELLENT)
    model = kept_result(JOB, tmp_path).model
    likely = model.predict_proba(frame)
    assert np.allclose(likely.sum(axis=1), 1)
    assert np.allclose(
        np.log(likely[:, 1] / likely[:, 0]), model.decision_function(frame), atol=1e-9
    )
    assert list(model.classes_) == [False, True]
    assert (model.predict(frame) == (likely[:, 1] > 0.5)).all()
    truth = frame["health"] == "excellent"
    assert model.score(frame) == pytest.approx((model.predict(frame) == truth).mean())
    assert model.score(frame) > max(truth.mean(), 1 - truth.mean()) - 0.01


def test_naive_bayes_is_the_rule_of_bayes(tmp_path: Path, frame: pd.DataFrame) -> None:
    kept(tmp_path, frame, classes=CLASSES)
    model = kept_result(JOB, tmp_path).model
    assert model.classes_ == ("true", "false")
    counts = pd.crosstab(frame["deductible"], frame["health"])
    (likely,) = model.predict_proba([{"health": "poor"}])
    expected = counts.loc[True, "poor"] / counts["poor"].sum()
    assert likely[0] == pytest.approx(expected, rel=0.02)
    assert model.predict([{"health": "poor"}]) == ["false"]
    assert model.score(frame) == pytest.approx((frame["deductible"] == 0).mean(), abs=0.05)


def test_components_are_centred_and_uncorrelated(tmp_path: Path, frame: pd.DataFrame) -> None:
    kept(tmp_path, frame, components=COMPONENTS)
    model = kept_result(JOB, tmp_path).model
    along = model.transform(frame)
    assert along.shape == (len(frame), 2)
    assert np.allclose(along.mean(axis=0), 0, atol=1e-6)
    spread = np.cov(along.T, bias=True)
    assert np.allclose(spread, np.diag(model.explained_variance_), atol=1e-5)
    assert model.feature_names_in_ == ["disease", "visits", "health"]
    assert model.get_feature_names_out() == ["component 1", "component 2"]


def test_bins_and_parts_of_dates_are_features_by_their_columns(tmp_path: Path) -> None:
    ages = NumericColumn(
        "age", "0", "90", "age", "years", "midpoint", None, None, ("0", "30", "60", "90")
    )
    schema = Schema(
        "ages",
        (ages, BooleanColumn("sick", "is sick", "false")),
        PrivacyUnit(None, 1, "a row"),
        4_000,
        (),
    )
    table = {"age": [*range(90)] * 4, "sick": [age >= 60 for age in range(90)] * 4}
    asked = Dataset(schema).naive_bayes("sick", ["age.bin"])
    kept(tmp_path, table, schema=schema, sick=asked)
    model = kept_result(JOB, tmp_path).model
    assert model.feature_names_in_ == ["age"]
    assert list(model.predict({"age": [10, 59, 60, 900]})) == ["false", "false", "true", "true"]
    assert model.score(table) == 1
    line = Dataset(schema).linear_regression("sick", ["age.bin"])
    kept(tmp_path, table, schema=schema, line=line)
    assert kept_result(JOB, tmp_path).model.predict([{"age": 70}]) == pytest.approx([1])
    by_age = Dataset(schema).naive_bayes("age", ["sick"])
    kept(tmp_path, table, schema=schema, by_age=by_age)
    assert kept_result(JOB, tmp_path).model.score(table) == pytest.approx(2 / 3)


def test_models_are_taken_by_name(tmp_path: Path, frame: pd.DataFrame) -> None:
    kept(tmp_path, frame, line=LINE, excellent=EXCELLENT, rows=DS.count())
    result = kept_result(JOB, tmp_path)
    assert list(result.models) == ["line", "excellent"]
    assert len(result.models["line"].coef_) == 10
    assert result.answers["rows"][()].value == pytest.approx(len(frame))
    assert result.answers["line"]["disease", "coefficient"].error_95 == 0
    with pytest.raises(Refused) as refused:
        result.model  # noqa: B018
    assert refused.value.code == "model-not-one"
    assert "result.models['line']" in refused.value.next_action


def test_model_of_a_filter_is_that_of_its_rows(tmp_path: Path, frame: pd.DataFrame) -> None:
    some = DS.where(DS["deductible"] == True)  # noqa: E712 - what a program writes
    kept(tmp_path, frame, some=some.naive_bayes("health", ["deductible"]))
    assert kept_result(JOB, tmp_path).model.class_count_[0] == pytest.approx(
        ((frame["health"] == "excellent") & frame["deductible"]).sum()
    )


def test_line_that_noise_hid_is_refused_with_its_reason(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    doubled = DS.linear_regression("visits", {"one": DS["disease"], "two": 2 * DS["disease"]})
    kept(tmp_path, frame, line=doubled, fine=LINE)
    result = kept_result(JOB, tmp_path)
    with pytest.raises(Refused) as refused:
        result.models["line"]
    assert refused.value.code == "model-unfitted"
    assert "leave one out" in refused.value.next_action
    assert result.models["fine"].intercept_


def test_job_that_was_not_opened_here_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as refused:
        kept_result(JOB, tmp_path)
    assert refused.value.code == "not-opened"


def test_home_is_the_clients(
    tmp_path: Path, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, frame, line=LINE)
    monkeypatch.setenv("MARKET_CLIENT_HOME", str(tmp_path))
    assert isinstance(kept_result(JOB), KeptResult)
