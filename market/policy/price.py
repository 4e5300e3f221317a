"""A plan's price under a dataset's policy, or why it has none: one judgement for everybody.

The portal's quote, the plan stage, the buyer's client and a run on the twin all ask `price_of`; the
agent, which prices by the request's rho, asks `admission` itself.
"""

from __future__ import annotations

from market.plan.plan import Plan
from market.policy.admission import admission
from market.policy.epsilon import rho_asked
from market.pricing.quote import Quote, quote
from market.records.listing import Listing


def price_of(listing: Listing, plan: Plan, epsilon: str) -> Quote:
    """The quote of a plan at no more than `epsilon`.

    Raises:
        Refused: the plan does not fit the schema, the policy does not allow it, or it costs more
            than one job may.
    """
    policy = listing.policy
    priced = quote(plan, listing.schema, rho_asked(epsilon, policy.delta), policy.delta)
    denied = admission(policy, listing.schema, plan, priced.rho_units)
    if denied:
        raise denied.error()
    return priced
