"""The same question at several epsilons."""

from __future__ import annotations

import pytest
from world.builders import DATASET, a_listing, a_manifest, a_policy, a_schema
from world.people import a_key

from market.client.questions.price_program import (
    epsilons_to_try,
    largest_epsilon,
    priced_at,
    priced_curve,
)
from market.client.verify.asked_source import source_of_publications
from market.client.verify.publication import Publication
from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.lowered import lower
from market.plan.plan import NamedStatistic, Plan

POLICY = a_policy(job_rho_units=10**11, budget_rho_units=10**13)
SOURCE = source_of_publications(
    [Publication(a_listing(policy=POLICY), a_manifest(), a_key("olga").public.hex)]
)
ROWS = NamedStatistic("rows", 1, Dataset(a_schema()).count().statistic)
COUNT = lower(Plan(3, (DATASET,), "gaussian", (ROWS,)), a_schema())


@pytest.mark.parametrize(
    ("most", "tried"),
    [
        ("20", ("0.2", "0.5", "1", "2", "5", "10", "20")),
        ("1", ("0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1")),
        ("0.62", ("0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "0.62")),
    ],
)
def test_epsilons_are_round_and_end_with_the_most(most: str, tried: tuple[str, ...]) -> None:
    assert epsilons_to_try(most) == tried


def test_a_larger_epsilon_has_a_smaller_error() -> None:
    most = largest_epsilon(SOURCE, COUNT)
    points = priced_curve(SOURCE, COUNT, epsilons_to_try(most))
    errors = [float(one.quote["statistics"][0]["cells"][0]["expected_error"]) for one in points]
    assert len(errors) == 7
    assert errors == sorted(errors, reverse=True)
    assert len(set(errors)) == 7


def test_the_most_is_what_the_policy_takes_and_no_more() -> None:
    most = largest_epsilon(SOURCE, COUNT)
    assert priced_at(SOURCE, COUNT, most).quote["rho_units"] <= SOURCE.policy.job_rho_units
    with pytest.raises(Refused, match="one job may cost"):
        priced_at(SOURCE, COUNT, str(float(most) * 1.2)[:6])


def test_what_is_left_of_ones_own_is_the_most() -> None:
    left = largest_epsilon(SOURCE, COUNT, 10**8)
    assert 0 < float(left) < float(largest_epsilon(SOURCE, COUNT))
    assert largest_epsilon(SOURCE, COUNT, 0) == ""


def test_an_epsilon_without_a_price_is_no_point() -> None:
    points = priced_curve(SOURCE, COUNT, ("0", "0.1", "100"))
    assert [one.epsilon for one in points] == ["0.1"]
