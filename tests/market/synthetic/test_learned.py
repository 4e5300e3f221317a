"""What a model learns from rows, and what the opened counts say of it."""

from __future__ import annotations

import numpy as np
import pytest
from world.network_table import ATTRIBUTES, SIZES, TARGET, network_table, noised

from market.synthetic.learned import area_under_curve, learned, logistic, one_hot

ROWS = 12_000


def test_correlation_in_the_data_is_computed_of_counts_alone() -> None:
    """Without noise it is, to the last digits, that of the rows behind the counts."""
    codes = network_table(ROWS)
    exact = noised(codes, ATTRIBUTES, 1e-6, np.random.default_rng(1), TARGET)
    (found,) = learned(exact, codes, TARGET, np.random.default_rng(2))
    order = np.random.default_rng(2).permutation(ROWS)
    design, truth = one_hot(codes[order], SIZES, TARGET), codes[order][:, TARGET].astype(float)
    weights = logistic(design[: ROWS * 4 // 5], truth[: ROWS * 4 // 5])
    wanted = np.corrcoef(design @ weights[1:], truth)[0, 1]
    assert found.opened is not None
    assert found.opened.value == pytest.approx(wanted, abs=1e-6)
    assert found.level == "true"


def test_its_error_covers_what_noise_does_to_it() -> None:
    codes = network_table(ROWS)
    values, sds = [], []
    for seed in range(24):
        some = noised(codes, ATTRIBUTES, 15.0, np.random.default_rng(seed), TARGET)
        (found,) = learned(some, codes[:1_500], TARGET, np.random.default_rng(2))
        assert found.opened is not None
        values.append(found.opened.value)
        sds.append(found.opened.sd)
    assert np.std(values) == pytest.approx(np.mean(sds), rel=0.4)


def test_rows_that_tell_nothing_have_another_correlation_than_the_data() -> None:
    codes = network_table(ROWS)
    shuffled = codes.copy()
    shuffled[:, TARGET] = np.random.default_rng(3).permutation(codes[:, TARGET])
    exact = noised(codes, ATTRIBUTES, 1.0, np.random.default_rng(1), TARGET)
    (good,) = learned(exact, codes, TARGET, np.random.default_rng(2))
    (bad,) = learned(exact, shuffled, TARGET, np.random.default_rng(2))
    assert good.auc is not None
    assert bad.auc is not None
    assert good.auc > 0.8
    assert abs(bad.auc - 0.5) < 0.03


def test_each_level_of_a_categorical_target_is_learned() -> None:
    codes = network_table(5_000)
    marginals = noised(codes, ATTRIBUTES, 1.0, np.random.default_rng(1), 6)
    found = learned(marginals, codes, 6, np.random.default_rng(2))
    assert [one.level for one in found] == [*(f"level{level}" for level in range(4)), "OTHER"]


def test_a_level_that_no_row_has_gives_no_area() -> None:
    assert area_under_curve(np.arange(4.0), np.zeros(4)) is None
    assert area_under_curve(np.array([1.0, 2.0, 2.0, 3.0]), np.array([0.0, 0, 1, 1])) == 0.875
