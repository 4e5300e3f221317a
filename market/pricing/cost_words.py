"""What a priced question costs, in words for whoever signs, approves or waits for it."""

from __future__ import annotations

from market.pricing.loss import rho_text, shown_epsilon
from market.pricing.quote import Quote


def spent_text(priced: Quote) -> str:
    """What a job costs, in one breath: `rho 0.0263 (epsilon 0.9653)`."""
    return f"rho {rho_text(priced.rho_units)} (epsilon {shown_epsilon(priced.epsilon)})"


def cost_line(priced: Quote) -> str:
    """The cost, to stand below what will be opened (market.plan.human)."""
    epsilon = f"epsilon {shown_epsilon(priced.epsilon)} at delta {priced.delta}"
    units = priced.surcharge_rho_units
    of_run = f", of it {rho_text(units)} for the run itself" if units else ""
    return f"Cost: rho {rho_text(priced.rho_units)}{of_run}, together {epsilon}"
