"""A ledger's refusal in the units people see. The ledger counts, and knows no delta."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from market.entities.account import CapTooLow, OverBudget
from market.policy.budget.epsilon import askable_epsilon
from market.policy.budget.repeats import FREE, Cost
from market.policy.decision import Denied
from market.pricing.loss import gaussian_loss_text, loss_text, rho_text
from market.records.listing import Policy


@contextmanager
def told_in_epsilon(delta: str, cost: Cost = FREE) -> Iterator[None]:
    """What a ledger refuses inside is refused in words for people.

    Args:
        cost: whose charges are held inside.
    """
    try:
        yield
    except OverBudget as short:
        account = short.account
        raise over_budget(account.account, account.available_units, cost, delta).error() from short
    except CapTooLow as low:
        raise cap_too_low(low, delta).error() from low


def over_budget(account: str, available_units: int, cost: Cost, delta: str) -> Denied:
    """Why a job cannot be paid from `account`, one of those its cost names.

    Of the people's budget a buyer hears only that it does not suffice: how much is left would tell
    whether others had asked the same before (market.policy.budget.repeats).
    """
    units = {charge.account: charge.units for charge in cost.whole}[account]
    if account in {charge.account for charge in cost.key}:
        return Denied(
            "over-budget",
            "The key of this data has opened as many sums as it may.",
            "Ask the owner to publish the table as a new dataset, which has a new key.",
        )
    if account in {charge.account for charge in cost.buyer}:
        left = max(available_units, 0)
        return Denied(
            "over-budget",
            f"Of your allocation rho {rho_text(left)} is left; this job costs "
            f"{gaussian_loss_text(units, delta)}.",
            _next(askable_epsilon(left, delta, "profile")),
        )
    return Denied(
        "over-budget",
        "What is left of the budget of the people in this data does not cover "
        f"{loss_text(units, delta)}.",
        "Ask for a smaller epsilon, or ask the owner.",
    )


def over_whole_budget(policy: Policy, rho_units: int) -> Denied | None:
    """Whether a job costs more than the people in the data may ever lose."""
    budget = policy.budget_rho_units
    if rho_units <= budget:
        return None
    asked, most = (loss_text(units, policy.delta) for units in (rho_units, budget))
    return Denied(
        "over-budget",
        f"The job costs {asked}; the whole budget of the people in this data is {most}.",
        _next(askable_epsilon(budget, policy.delta, "zcdp")),
    )


def _next(epsilon: str) -> str:
    if not epsilon:
        return "Ask the owner for more."
    return f"Ask for epsilon {epsilon} of Gaussian noise or less, or ask the owner for more."


def cap_too_low(refusal: CapTooLow, delta: str) -> Denied:
    """Why an account cannot get the cap it should."""
    bound = loss_text(refusal.account.spent_units + refusal.account.reserved_units, delta)
    return Denied(
        refusal.code,
        f"Account {refusal.account.account} has {bound} spent and reserved; "
        f"its cap cannot become {loss_text(refusal.cap_units, delta)}.",
        f"Allow {bound} or more.",
    )
