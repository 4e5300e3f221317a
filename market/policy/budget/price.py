"""A plan's price under a dataset's policy, or why it has none: one judgement for everybody.

The portal's quote, the plan stage, the buyer's client and a run on the twin all ask `price_of`; the
agent, which prices by the request's rho, asks `admission` itself.
"""

from __future__ import annotations

from typing import Final

from crypto.canonical import Json
from market.errors import Refused
from market.plan.decimals import fraction_of
from market.plan.lowered import Lowered, with_law
from market.plan.plan import NoiseLaw
from market.policy.budget.admission import admission
from market.policy.budget.epsilon import read_epsilon, rho_bought
from market.pricing.expected_errors import expected_errors
from market.pricing.guarantee import guarantee_of
from market.pricing.lattice import Lattice
from market.pricing.quote import Quote, quote, quote_at
from market.pricing.quote_document import quote_document
from market.records.listing import Policy

_OTHER: Final[dict[NoiseLaw, NoiseLaw]] = {"gaussian": "laplace", "laplace": "gaussian"}


def price_of(lowered: Lowered, policy: Policy, epsilon: str, lattice: Lattice) -> Quote:
    """The quote of a question at no more than `epsilon`, on the lattice of its engine.

    Raises:
        Refused: the policy does not allow it, it costs more than one job may, or it has no price.
    """
    priced = _unjudged(lowered, policy, epsilon, lattice)
    denied = admission(policy, lowered, priced.rho_units, lattice)
    if denied:
        raise denied.error()
    return priced


def price_document(
    lowered: Lowered, policy: Policy, epsilon: str, lattice: Lattice
) -> dict[str, Json]:
    """What a quote tells (canonical JSON): the price, and beside it that of the other noise.

    `other_noise` has the code of a refusal, empty when there is none, and the quote, None where
    the question has none under that noise: what it costs, and every number's expected error.

    Raises:
        Refused: as `price_of`.
    """
    return {
        "other_noise": _other_noise(lowered, policy, epsilon, lattice),
        "price_cents": policy.price_cents,
        "quote": quote_document(price_of(lowered, policy, epsilon, lattice)),
    }


def _other_noise(lowered: Lowered, policy: Policy, epsilon: str, lattice: Lattice) -> Json:
    other = with_law(lowered, _OTHER[lowered.plan.law])
    try:
        priced = _unjudged(other, policy, epsilon, lattice)
    except Refused as refused:
        return {"law": other.plan.law, "quote": None, "refusal": refused.code}
    # What it would cost is worth knowing even where one job may not cost it.
    denied = admission(policy, other, priced.rho_units, lattice)
    return {
        "law": other.plan.law,
        "quote": {
            "delta": priced.delta,
            "epsilon": priced.epsilon,
            "expected_errors": [list(one) for one in expected_errors(priced)],
            "rho_units": priced.rho_units,
        },
        "refusal": denied.code if denied else "",
    }


def _unjudged(lowered: Lowered, policy: Policy, epsilon: str, lattice: Lattice) -> Quote:
    guarantee = guarantee_of(lowered.plan.law, lattice)
    rho_units = rho_bought(epsilon, policy, guarantee)
    if guarantee == "pure":
        return quote_at(lowered, fraction_of(read_epsilon(epsilon)), policy.delta, lattice)
    return quote(lowered, rho_units, policy.delta, lattice)
