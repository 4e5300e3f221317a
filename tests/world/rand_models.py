"""The RAND Health Insurance Experiment (statsmodels) as a table to fit models to."""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.datasets import randhie

from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)


def _number(name: str, high: str) -> NumericColumn:
    return NumericColumn(name, "0", high, name, "", "midpoint", None, None)


RAND = Schema(
    "RAND HIE",
    (
        _number("visits", "77"),
        _number("coinsurance", "5"),
        BooleanColumn("deductible", "individual deductible plan", "false"),
        _number("incentive", "8"),
        _number("expenditure", "9"),
        _number("limitation", "1"),
        _number("disease", "60"),
        CategoricalColumn("health", ("excellent", "good", "fair", "poor"), "self-rated"),
    ),
    PrivacyUnit(None, 1, "a row"),
    25_000,
    (),
)
"""Bounds a study knows beforehand; every value lies within them."""
FEATURES = [column.name for column in RAND.columns if column.name != "visits"]


def rand_frame() -> pd.DataFrame:
    """Its 20,190 rows, with the columns of `RAND`."""
    raw = randhie.load_pandas().data
    health = np.select(
        [raw["hlthg"] == 1, raw["hlthf"] == 1, raw["hlthp"] == 1],
        ["good", "fair", "poor"],
        "excellent",
    )
    return pd.DataFrame(
        {
            "visits": raw["mdvis"],
            "coinsurance": raw["lncoins"],
            "deductible": raw["idp"] == 1,
            "incentive": raw["lpi"],
            "expenditure": raw["fmde"],
            "limitation": raw["physlm"],
            "disease": raw["disea"],
            "health": health,
        }
    )


def rand_design(frame: pd.DataFrame) -> pd.DataFrame:
    """The features as a model's terms: levels but the first as numbers, and a constant."""
    levels = pd.get_dummies(frame["health"], prefix="health", prefix_sep=" = ")
    features = frame[FEATURES].drop(columns="health").join(levels)
    design = features.drop(columns="health = excellent").astype(float)
    return design.assign(**{"(intercept)": 1.0})
