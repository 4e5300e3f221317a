"""The real data of every story: 20,190 person-years of the RAND Health Insurance Experiment
(statsmodels).

The table names no person, so a row is the privacy unit. Bounds and levels in a declaration
are what such a study knows beforehand; none is computed from the rows.
"""

from __future__ import annotations

import pandas as pd
from statsmodels.datasets import randhie

COLUMNS = ("visits", "disease", "health", "limitation")


def rand_table() -> pd.DataFrame:
    """Visits to a doctor, chronic-disease index, self-rated health, physical limitation."""
    raw = randhie.load_pandas().data
    health = pd.Series("excellent", index=raw.index)
    health[raw["hlthg"] == 1] = "good"
    health[raw["hlthf"] == 1] = "fair"
    health[raw["hlthp"] == 1] = "poor"
    return pd.DataFrame(
        {
            "visits": raw["mdvis"],
            "disease": raw["disea"],
            "health": health,
            "limitation": raw["physlm"],
        }
    )
