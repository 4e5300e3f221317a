"""An epsilon asked is the most that a job may have: within a declared budget it is always paid."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from world.builders import a_manifest, a_policy

from crypto.accounting import rho_for_epsilon
from crypto.gaussian_profile import gaussian_rho_units
from market.errors import Refused
from market.plan.decimals import decimal_text, fraction_of
from market.policy.budget.accounts import buyer_accounts, people_accounts
from market.policy.budget.budget import over_budget, over_whole_budget
from market.policy.budget.epsilon import askable_epsilon, rho_asked, rho_bought, usual_epsilon
from market.policy.budget.repeats import payers
from market.pricing.guarantee import Guarantee, epsilon_of, rho_units_of
from market.records.listing import Policy

DELTA = "0.000001"
EPSILONS = st.integers(1, 20_000).map(lambda steps: decimal_text(Decimal(steps) / 1_000))
GUARANTEES: tuple[Guarantee, ...] = ("profile", "zcdp", "pure")


def declared(epsilon: str) -> Policy:
    """A policy whose budget and caps were all declared by one epsilon, as `publish` reads them."""
    epsilon_fraction, delta = fraction_of(epsilon), fraction_of(DELTA)
    most = gaussian_rho_units(epsilon_fraction, delta)
    return a_policy(
        budget_rho_units=rho_for_epsilon(epsilon_fraction, delta),
        buyer_rho_units=most,
        job_rho_units=most,
    )


@given(EPSILONS, EPSILONS)
def test_epsilon_within_the_declared_budget_is_paid_and_no_other(asked: str, budget: str) -> None:
    policy = declared(budget)
    units = rho_bought(asked, policy, "profile")
    assert units <= rho_asked(asked, DELTA, "profile")
    if Fraction(asked) <= Fraction(budget):
        assert over_whole_budget(policy, units) is None
        # No less than the same epsilon is worth for any noise.
        assert units >= rho_asked(asked, DELTA, "zcdp")
    else:
        assert units == rho_asked(asked, DELTA, "profile")


def test_whole_budget_is_told_at_the_epsilon_that_its_noise_has() -> None:
    policy = declared("1")
    units = rho_bought("1", policy, "profile")
    assert units == policy.budget_rho_units
    assert Decimal("0.9") < epsilon_of("profile", units, DELTA) < 1


@pytest.mark.parametrize("guarantee", GUARANTEES)
def test_what_is_tried_when_nobody_says_is_within_the_budget(guarantee: Guarantee) -> None:
    policy = a_policy(budget_rho_units=10**9, buyer_rho_units=10**12, job_rho_units=10**12)
    epsilon = usual_epsilon(policy, guarantee)
    assert 0 < rho_asked(epsilon, DELTA, guarantee) <= policy.budget_rho_units


@pytest.mark.parametrize("asked", ["1.1", "2", "100"])
def test_epsilon_above_the_declared_budget_is_refused_with_what_may_be_asked(asked: str) -> None:
    policy = declared("1")
    denied = over_whole_budget(policy, rho_bought(asked, policy, "profile"))
    assert denied is not None
    assert denied.code == "over-budget"
    assert denied.message.endswith(
        "; the whole budget of the people in this data is rho 0.0244 (epsilon 1.00)."
    )
    assert denied.next_action == (
        "Ask for epsilon 1 of Gaussian noise or less, or ask the owner for more."
    )


def test_pure_epsilon_is_never_made_smaller() -> None:
    policy = declared("1")
    assert rho_bought("1", policy, "pure") == 5 * 10**11
    assert over_whole_budget(policy, 5 * 10**11) is not None


@given(st.integers(10**6, 10**15), st.sampled_from(GUARANTEES))
def test_what_may_be_asked_buys_no_more_than_there_is(units: int, guarantee: Guarantee) -> None:
    epsilon = askable_epsilon(units, DELTA, guarantee)
    assert 0 < rho_asked(epsilon, DELTA, guarantee) <= units
    further = Fraction(epsilon) + Fraction(2, 10_000)
    assume(further <= 100)
    assert rho_units_of(guarantee, further, DELTA) > units


def test_what_is_left_of_an_allocation_is_told_as_what_may_be_asked() -> None:
    cost = payers([a_manifest()], "bob").owe(people_rho_units=10**11, buyer_rho_units=10**11)
    (account,) = buyer_accounts(a_manifest(), "bob")
    denied = over_budget(account, 10**10, cost, DELTA)
    assert denied.message == (
        "Of your allocation rho 0.0100 is left; this job costs rho 0.1000 (epsilon 2.00 of "
        "Gaussian noise)."
    )
    epsilon = denied.next_action.removeprefix("Ask for epsilon ").partition(" ")[0]
    assert 0 < rho_asked(epsilon, DELTA, "profile") <= 10**10
    assert over_budget(account, 0, cost, DELTA).next_action == "Ask the owner for more."


def test_what_others_left_of_the_peoples_budget_is_not_told() -> None:
    cost = payers([a_manifest()], "bob").owe(people_rho_units=10**11, buyer_rho_units=10**11)
    told = {
        over_budget(account, left, cost, DELTA)
        for account in people_accounts(a_manifest())
        for left in (0, 10**10)
    }
    assert len(told) == 1


def test_epsilon_that_buys_nothing_is_refused() -> None:
    with pytest.raises(Refused, match="epsilon-too-small"):
        rho_bought("0.000000001", declared("1"), "pure")
