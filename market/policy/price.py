"""A plan's price under a dataset's policy, or why it has none: one judgement for everybody.

The portal's quote, the plan stage, the buyer's client and a run on the twin all ask `price_of`; the
agent, which prices by the request's rho, asks `admission` itself.
"""

from __future__ import annotations

from market.plan.lowered import Lowered
from market.policy.admission import admission
from market.policy.epsilon import rho_asked
from market.pricing.guarantee import guarantee_of
from market.pricing.lattice import Lattice
from market.pricing.quote import Quote, quote
from market.records.listing import Policy


def price_of(lowered: Lowered, policy: Policy, epsilon: str, lattice: Lattice) -> Quote:
    """The quote of a question at no more than `epsilon`, on the lattice of its engine.

    Raises:
        Refused: the policy does not allow it, it costs more than one job may, or it has no price.
    """
    guarantee = guarantee_of(lowered.plan.law, lattice)
    priced = quote(lowered, rho_asked(epsilon, policy.delta, guarantee), policy.delta, lattice)
    denied = admission(policy, lowered, priced.rho_units, lattice)
    if denied:
        raise denied.error()
    return priced
