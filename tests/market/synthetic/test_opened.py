"""An opened answer becomes marginals: every count in its place, with the noise that it has."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from world.opened_counts import ROWS, SCHEMA, SD, opened, usual_plan

from market.errors import Refused
from market.plan.answers import Raw
from market.plan.statistics import Synthesize
from market.synthetic.attributes import Bins, Levels, Truth
from market.synthetic.marginals import Marginals
from market.synthetic.opened import marginals_of

PLAN = usual_plan()


def asked() -> Synthesize:
    statistic = PLAN.statistics[1].statistic
    assert isinstance(statistic, Synthesize)
    return statistic


@pytest.fixture(scope="module")
def marginals() -> Marginals:
    return marginals_of(asked(), SCHEMA, opened(PLAN)[1].cells, "gaussian")


def test_columns_have_the_owners_names_types_and_levels(marginals: Marginals) -> None:
    assert marginals.attributes == (
        Levels("health", ("good", "fair", "<i>poor</i>", "OTHER")),
        Truth("child"),
        Levels("region", ("north", "south", "OTHER")),
        Bins("visits", ("0", "2.5", "20")),
    )
    assert marginals.target == 1


def test_exact_counts_agree_with_each_other(marginals: Marginals) -> None:
    assert marginals.rows == pytest.approx(ROWS, abs=0.01)
    for pair, (one, other) in zip(marginals.pairs, combinations(range(4), 2), strict=True):
        assert pair.counts.sum(axis=1) == pytest.approx(marginals.singles[one].counts, abs=0.01)
        assert pair.counts.sum(axis=0) == pytest.approx(marginals.singles[other].counts, abs=0.01)


def test_false_is_first_and_its_error_is_that_of_a_difference(marginals: Marginals) -> None:
    cells = {cell.labels: cell for cell in opened(PLAN)[1].cells}
    child = marginals.singles[1]
    assert child.counts == pytest.approx(
        [cells["child", "false"].value, cells["child", "true"].value]
    )
    assert child.sd == pytest.approx([SD * np.sqrt(2), SD])


def test_counts_are_as_noise_left_them_below_0_too() -> None:
    """Cut at 0, what rare levels hold would be too much on average, and rows be made of it."""
    first, *others = opened(PLAN)[1].cells
    carried = replace(first, value=0.0, low=0.0, raw=Raw(-7.0, first.raw.error_95))
    marginals = marginals_of(asked(), SCHEMA, [carried, *others], "gaussian")
    assert first.labels == ("health", "good")
    assert marginals.singles[0].counts[0] == -7
    assert marginals.singles[0].sd[0] == pytest.approx(SD)


def test_a_missing_count_is_refused_by_its_levels() -> None:
    with pytest.raises(Refused) as refused:
        marginals_of(asked(), SCHEMA, opened(PLAN)[1].cells[1:], "gaussian")
    assert refused.value.code == "synthetic-answer"
    assert "good of health" in refused.value.message
