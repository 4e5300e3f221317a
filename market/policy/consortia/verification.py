"""When members' arithmetic has to be verified, or nothing is computed."""

from __future__ import annotations

from market.plan.factors import VALIDITY
from market.plan.lowered import Lowered
from market.policy.decision import Denied
from market.records.consortium import Composition


def needs_verification(composition: Composition, lowered: Lowered) -> bool:
    """Whether a plan multiplies one member's secret with another's.

    In a union every member multiplies what is its own. In a join every row is multiplied by its
    match; one factor out of its range would open another member's row. The number of matches alone
    multiplies nothing.
    """
    return composition == "join" and any(
        output.columns != (VALIDITY,) for output in lowered.outputs
    )


def unverified(composition: Composition, lowered: Lowered, *, is_verified: bool) -> Denied | None:
    """Why a plan cannot be computed in such a session, or None."""
    if is_verified or not needs_verification(composition, lowered):
        return None
    return Denied(
        "session-unverified",
        "The plan multiplies columns of different members; without verified arithmetic one of them "
        "could open another's rows.",
        "Submit it again with verified arithmetic: --verified. Unverified, a join counts the "
        "people in common alone.",
    )
