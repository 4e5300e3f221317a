"""How many questions are left of a budget, told in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.household import POLICY

from crypto.gaussian_profile import gaussian_rho_units
from market.plan.decimals import fraction_of
from market.policy.budget.questions_left import QuestionsLeft, questions_left

ONE = gaussian_rho_units(fraction_of("1"), fraction_of(POLICY.delta))


def test_each_costs_what_epsilon_1_costs() -> None:
    assert questions_left(POLICY, 10**12) == QuestionsLeft(10**12 // ONE, "1")
    assert questions_left(POLICY, ONE).count == 1
    assert questions_left(POLICY, ONE - 1).count == 0
    assert questions_left(POLICY, -5).count == 0


def test_a_smaller_cap_of_one_job_tells_them_at_less() -> None:
    told = questions_left(replace(POLICY, job_rho_units=ONE // 2), 10**12)
    assert told.epsilon == "0.5"
    assert told.count > 10**12 // ONE
    tiny = questions_left(replace(POLICY, job_rho_units=10), 10**12)
    assert 0 < float(tiny.epsilon) < 0.01
    assert tiny.count >= 1


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "no question at epsilon 1 left"),
        (1, "one question at epsilon 1 left"),
        (7, "about 7 questions at epsilon 1 left"),
        (748, "about 740 questions at epsilon 1 left"),
        (12_345, "about 12\u202f000 questions at epsilon 1 left"),
    ],
)
def test_words_are_rounded_down_to_two_digits(count: int, words: str) -> None:
    assert QuestionsLeft(count, "1").words == words
