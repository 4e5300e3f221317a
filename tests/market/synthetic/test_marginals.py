"""What a model is made of is complete and whole, or refused; a column's best shares use it all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from world.network_table import ATTRIBUTES, SIZES, network_table, noised

from market.errors import Refused
from market.synthetic.marginals import Marginals, counted, distance, normalised


@pytest.fixture(scope="module")
def marginals() -> Marginals:
    return noised(network_table(5_000), ATTRIBUTES, 20.0, np.random.default_rng(1))


def test_number_of_rows_is_near_the_truth(marginals: Marginals) -> None:
    assert abs(marginals.rows - 5_000) < 100


def test_best_shares_are_nearer_than_those_of_the_single_column() -> None:
    codes = network_table(5_000)
    truth = normalised(counted(codes, (9,), SIZES))
    single, best = [], []
    for seed in range(40):
        one = noised(codes, ATTRIBUTES, 100.0, np.random.default_rng(seed))
        single.append(distance(one.singles[9].shares, truth))
        best.append(distance(one.best_shares(9), truth))
    assert np.mean(best) < np.mean(single)


def test_a_marginal_out_of_its_place_is_refused(marginals: Marginals) -> None:
    with pytest.raises(ValueError, match="in this order"):
        replace(marginals, pairs=marginals.pairs[::-1])


def test_a_missing_pair_is_refused(marginals: Marginals) -> None:
    with pytest.raises(ValueError, match="in this order"):
        replace(marginals, pairs=marginals.pairs[1:])


def test_a_wrong_shape_is_refused(marginals: Marginals) -> None:
    turned = replace(marginals.pairs[0], counts=marginals.pairs[0].counts.T)
    with pytest.raises(ValueError, match="a shape other than"):
        replace(marginals, pairs=(turned, *marginals.pairs[1:]))


@pytest.mark.parametrize(("field", "value"), [("counts", np.nan), ("sd", 0.0)])
def test_what_is_no_number_is_refused(marginals: Marginals, field: str, value: float) -> None:
    broken = np.array(getattr(marginals.singles[0], field))
    broken[0] = value
    singles = (replace(marginals.singles[0], **{field: broken}), *marginals.singles[1:])
    with pytest.raises(ValueError, match="no number"):
        replace(marginals, singles=singles)


def test_a_filter_that_selects_nobody_is_refused_by_name() -> None:
    nobody = network_table(10)[:0]
    with pytest.raises(Refused) as refused:
        noised(nobody, ATTRIBUTES, 1e-3, np.random.default_rng(2))
    assert refused.value.code == "synthetic-no-rows"


def test_an_unknown_column_is_refused_with_those_there_are(marginals: Marginals) -> None:
    assert marginals.place("target") == 9
    with pytest.raises(Refused, match="no column") as refused:
        marginals.place("income")
    assert refused.value.code == "synthetic-column"
    assert "target" in refused.value.next_action
