"""What may be asked: the policy's statistics, engine, per-job cap and budget."""

from __future__ import annotations

from market.plan.lowered import Lowered
from market.policy.budget.budget import over_whole_budget
from market.policy.decision import Denied
from market.pricing.lattice import Lattice
from market.pricing.loss import gaussian_loss_text, loss_text
from market.records.listing import Policy


def admission(policy: Policy, lowered: Lowered, rho_units: int, lattice: Lattice) -> Denied | None:
    """The first rule of the policy that a plan at a price of `rho_units` breaks, or None.

    Args:
        lattice: of the engine that answers.
    """
    return (
        _not_sold(policy, lowered)
        or (_needs_recomputation(policy, lowered) if lattice.recomputes else None)
        or over_job_cap(policy, rho_units, lattice)
        or over_whole_budget(policy, rho_units)
    )


def over_job_cap(policy: Policy, rho_units: int, lattice: Lattice) -> Denied | None:
    """Whether one job may cost as much."""
    if rho_units <= policy.job_rho_units:
        return None
    told = gaussian_loss_text if lattice.has_profile else loss_text
    asked, cap = (told(units, policy.delta) for units in (rho_units, policy.job_rho_units))
    return Denied(
        "over-job-cap",
        f"The job costs {asked}; one job may cost {cap}.",
        "Ask for a smaller epsilon, or split the questions over several jobs.",
    )


def _not_sold(policy: Policy, lowered: Lowered) -> Denied | None:
    for kind in lowered.kinds:
        if kind not in policy.statistics:
            allowed = ", ".join(policy.statistics)
            return Denied(
                "statistic-not-allowed",
                f"The owner does not sell {kind}; allowed are {allowed}.",
                "Take the statistic out of the plan, or ask the owner.",
            )
    return None


def _needs_recomputation(policy: Policy, lowered: Lowered) -> Denied | None:
    if policy.recomputation or not lowered.has_products:
        return None
    return Denied(
        "recomputation-not-allowed",
        "The plan multiplies encrypted columns; the owner sells declared products only.",
        "Use the declared product columns, or ask the owner to declare this one.",
    )
