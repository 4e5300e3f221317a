"""What may be asked: the policy's statistics, engine and per-job cap."""

from __future__ import annotations

from collections.abc import Sequence

from market.policy.decision import Denied
from market.records.listing import Policy


def admission(
    policy: Policy, *, kinds: Sequence[str], uses_replay: bool, rho_units: int
) -> Denied | None:
    """The first rule of the policy that a priced plan breaks, or None.

    Args:
        kinds: the plan's statistics by name (market.plan.expression tags).
        uses_replay: whether any output is a product that is not a declared column.
        rho_units: what the plan costs.
    """
    for kind in kinds:
        if kind not in policy.statistics:
            allowed = ", ".join(policy.statistics)
            return Denied(
                "statistic-not-allowed",
                f"The owner does not sell {kind}; allowed are {allowed}.",
                "Take the statistic out of the plan, or ask the owner.",
            )
    if uses_replay and not policy.replay:
        return Denied(
            "replay-not-allowed",
            "The plan multiplies encrypted columns; the owner sells declared products only.",
            "Use the declared product columns, or ask the owner to declare this one.",
        )
    if rho_units > policy.job_rho_units:
        return Denied(
            "over-job-cap",
            f"The job costs {rho_units} rho units; one job may cost "
            f"{policy.job_rho_units} rho units.",
            "Ask for a smaller epsilon, or split the questions over several jobs.",
        )
    return None
