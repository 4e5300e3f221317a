"""What a member lets a consortium ask: the agreement's terms, and the member's own within them."""

from __future__ import annotations

from dataclasses import replace

from market.policy.decision import Decision, Denied, Granted
from market.records.agreement import Agreement
from market.records.listing import Policy


def member_policy(agreed: Policy, own: Policy | None) -> Policy:
    """The policy a member's agent enforces.

    What may be asked, and for how much, is what both allow. Delta is the agreement's: it is what
    everybody reads a price by. The people's budget, and who approves, are the member's own.
    Encrypted columns there are none to multiply, and nothing is paid for.

    Args:
        own: the binding's; None for a member without data.
    """
    terms = replace(agreed, access="open", recomputation=True, price_cents=0)
    if own is None:
        return terms
    return replace(
        terms,
        budget_rho_units=own.budget_rho_units,
        buyer_rho_units=min(agreed.buyer_rho_units, own.buyer_rho_units),
        job_rho_units=min(agreed.job_rho_units, own.job_rho_units),
        statistics=tuple(kind for kind in agreed.statistics if kind in own.statistics),
        approval=own.approval,
        total_rho_units=own.total_rho_units,
    )


def recipient_rule(agreement: Agreement, policy: Policy, buyer: str) -> Decision:
    """Whether a result may be sealed to `buyer` (an identity fingerprint), and up to how much."""
    if buyer in agreement.recipients:
        return Granted(policy.buyer_rho_units)
    return Denied(
        "not-a-recipient",
        f"The agreement of {agreement.proposal.consortium} names no recipient {buyer}.",
        "Let one of its recipients sign the job.",
    )
