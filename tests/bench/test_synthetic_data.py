"""The bench of synthetic rows still goes the buyer's way."""

from __future__ import annotations

import numpy as np
import synthetic_data
from world.network_table import ATTRIBUTES, SCHEMA, network_table


def test_counts_are_opened_with_their_noise_and_independent_rows_are_as_far_off_as_ever() -> None:
    table = network_table(3_000)
    lowered, asked = synthetic_data.question(SCHEMA, "target")
    exact = synthetic_data.exact_counts(lowered, ATTRIBUTES, table)
    marginals = synthetic_data.opened(lowered, asked, exact, "1", seed=0)
    # Twenty-seven rows at epsilon 1, by the privacy profile of all 55 tables.
    assert 20 < marginals.pairs[0].typical_sd < 35
    found = synthetic_data.Measured()
    synthetic_data._measure("independent", found, marginals, (table, table), 0)
    assert 0.05 < found.means[0] < 0.25
    assert found.aucs[0] < 0.7
    assert found.to_json()["pairs, mean"] == np.round(found.means[0], 4)
