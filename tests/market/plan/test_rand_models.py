"""The RAND HIE's models at epsilon 8, against statsmodels on the rows."""

from __future__ import annotations

import math

import pandas as pd
import pytest
import statsmodels.api as sm
from world.noised_moments import NoisedMoments, by_labels
from world.rand_models import FEATURES, RAND, rand_design, rand_frame

from crypto.accounting import rho_for_epsilon
from market.plan.dataset import Dataset
from market.plan.decimals import fraction_of

DS = Dataset(RAND)
RHO = rho_for_epsilon(fraction_of("8"), fraction_of("0.000001"))
RELEASES = 300


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return rand_frame()


@pytest.fixture(scope="module")
def line(frame: pd.DataFrame) -> NoisedMoments:
    """All features of the table, at epsilon 8 in all."""
    return NoisedMoments(DS.linear_regression("visits", FEATURES).statistic, RAND, frame, RHO)


@pytest.fixture(scope="module")
def of_statsmodels(frame: pd.DataFrame) -> sm.regression.linear_model.RegressionResultsWrapper:
    return sm.OLS(frame["visits"], rand_design(frame)).fit()


def test_line_without_noise_is_that_of_statsmodels(
    line: NoisedMoments, of_statsmodels: sm.regression.linear_model.RegressionResultsWrapper
) -> None:
    found = by_labels(line.truth())
    for term, value in of_statsmodels.params.items():
        assert found[term, "coefficient"].value == pytest.approx(value, rel=1e-6)
        error = of_statsmodels.bse[term]
        assert found[term, "standard error"].value == pytest.approx(error, rel=1e-6)
    assert found[("R²",)].value == pytest.approx(of_statsmodels.rsquared, rel=1e-6)
    assert "left out" in found["health = OTHER", "coefficient"].note


def test_coefficients_are_within_three_standard_errors_of_statsmodels(
    line: NoisedMoments, of_statsmodels: sm.regression.linear_model.RegressionResultsWrapper
) -> None:
    asked = beyond = 0
    for release in line.releases(RELEASES):
        found = by_labels(release)
        for term, value in of_statsmodels.params.items():
            asked += 1
            distance = abs(found[term, "coefficient"].value - value)
            beyond += distance > 3 * found[term, "standard error"].value
    # Of a normal error 27 in 10,000 are beyond three; the sample's part of a standard error, which
    # statsmodels' line shares, makes them fewer.
    assert beyond <= asked * 0.0027


def test_stated_errors_cover_95_of_100_releases(line: NoisedMoments) -> None:
    truth = by_labels(line.truth())
    asked = [one for one, cell in truth.items() if "coefficient" in one and cell.value is not None]
    within = dict.fromkeys(asked, 0)
    for release in line.releases(RELEASES):
        found = by_labels(release)
        for one in asked:
            within[one] += abs(found[one].value - truth[one].value) <= found[one].error_95
    everything = sum(within.values()) / len(asked) / RELEASES
    assert 0.93 <= everything <= 0.97
    for one, count in within.items():
        assert abs(count / RELEASES - 0.95) <= 5 * math.sqrt(0.95 * 0.05 / RELEASES), one


def test_log_odds_are_near_those_of_the_likelihood(frame: pd.DataFrame) -> None:
    """It is an approximation: the likelihood's effects, to within a fifth of the largest."""
    features = ["coinsurance", "deductible", "incentive", "expenditure", "disease"]
    asked = DS.logistic_regression(DS["health"] == "excellent", features).statistic
    found = by_labels(NoisedMoments(asked, RAND, frame, RHO).truth())
    design = rand_design(frame)[["(intercept)", *features]]
    exact = sm.Logit((frame["health"] == "excellent").astype(float), design).fit(disp=0)
    spreads = design.std()
    largest = max(abs(exact.params[name] * spreads[name]) for name in features)
    for name in features:
        distance = abs(found[name, "coefficient"].value - exact.params[name]) * spreads[name]
        assert distance < largest / 5
        error = found[name, "standard error"].value
        assert error == pytest.approx(exact.bse[name], rel=0.15)


def test_expansion_at_the_rate_is_nearer_than_at_even_odds(frame: pd.DataFrame) -> None:
    """At even odds each effect is four times the line's slope: far too little where p is small."""
    asked = DS.logistic_regression(DS["health"] == "poor", ["disease"]).statistic
    found = by_labels(NoisedMoments(asked, RAND, frame, RHO).truth())
    design = rand_design(frame)[["(intercept)", "disease"]]
    poor = (frame["health"] == "poor").astype(float)
    exact = sm.Logit(poor, design).fit(disp=0).params["disease"]
    at_even_odds = 4 * sm.OLS(poor, design).fit().params["disease"]
    ours = found["disease", "coefficient"].value
    assert abs(ours - exact) < abs(at_even_odds - exact)
