"""What a program costs, before anything runs: the portal's quote, which must be the one computed
here, and the same question at other epsilons.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from crypto import canonical
from crypto.canonical import Json
from market import wire
from market.client.http.api import PortalClient
from market.client.verify.asked_source import AskedSource
from market.errors import Refused
from market.plan.decimals import decimal_text
from market.plan.lowered import Lowered
from market.plan.program_shares import SHARES
from market.policy.budget.epsilon import askable_epsilon
from market.policy.budget.price import price_document, price_of
from market.pricing.guarantee import guarantee_of
from market.pricing.loss import compared_losses
from market.pricing.quote_document import quote_document

_POINTS: Final = 7
_STEPS: Final = (Decimal(1), Decimal(2), Decimal(5))


def priced_alike(
    portal: PortalClient, found: AskedSource, lowered: Lowered, dataset: str, epsilon: str
) -> dict[str, Any]:
    """The portal's quote, which is the one computed here.

    Raises:
        Refused: `quote-differs`; or whatever the policy refuses.
    """
    answer = portal.post(
        "quotes",
        {"dataset": dataset, "plan": wire.encode(lowered.plan).decode(), "epsilon": epsilon},
    )
    here = price_document(lowered, found.policy, epsilon, found.lattice)
    if canonical.dumps({name: answer.get(name) for name in here}) != canonical.dumps(here):
        asked, own = (one["quote"]["rho_units"] for one in (answer, here))
        theirs, computed = compared_losses(asked, own, found.policy.delta)
        raise Refused(
            "quote-differs",
            f"The portal asks {theirs}; this client computes {computed} from the dataset's "
            "signed policy.",
            "Install the portal's version of this client; if it is the same, tell the owner.",
        )
    return dict(answer)


def write_shares(directory: Path, shares: Mapping[str, int]) -> Path:
    """`shares.json` beside the program, which takes them from there."""
    path = directory / SHARES
    path.write_text(json.dumps(shares, indent=2) + "\n")
    return path


@dataclass(frozen=True, slots=True)
class PricedPoint:
    """A question at one epsilon; `quote` as market.pricing.quote_document writes it."""

    epsilon: str
    quote: dict[str, Any]


def epsilons_to_try(most: str) -> tuple[str, ...]:
    """Seven epsilons up to `most`, which is the last: 1, 2, 5 times powers of ten."""
    found: list[Decimal] = []
    power = Decimal(10) ** Decimal(most).adjusted()
    while len(found) < _POINTS - 1:
        found.extend(step * power for step in reversed(_STEPS) if step * power < Decimal(most))
        power /= 10
    return tuple(decimal_text(one) for one in [*reversed(found[: _POINTS - 1]), Decimal(most)])


def largest_epsilon(source: AskedSource, lowered: Lowered, left_units: int | None = None) -> str:
    """The most that one job of this question may ask for; empty where it may ask nothing.

    Args:
        left_units: what is left of the buyer's own, in units of rho, where that is known.
    """
    policy = source.policy
    known = (policy.job_rho_units, policy.budget_rho_units, left_units)
    units = min(one for one in known if one is not None)
    return askable_epsilon(units, policy.delta, guarantee_of(lowered.plan.law, source.lattice))


def priced_at(source: AskedSource, lowered: Lowered, epsilon: str) -> PricedPoint:
    """The quote at an epsilon, computed here (raises as market.policy.budget.price.price_of)."""
    priced: Json = quote_document(price_of(lowered, source.policy, epsilon, source.lattice))
    return PricedPoint(epsilon, dict(priced))


def priced_curve(
    source: AskedSource, lowered: Lowered, epsilons: Sequence[str]
) -> tuple[PricedPoint, ...]:
    """The quotes at those of some epsilons at which the question has a price."""
    points: list[PricedPoint] = []
    for epsilon in epsilons:
        try:
            points.append(priced_at(source, lowered, epsilon))
        except Refused:
            # Too little to answer with, or more than one job may cost: no point of the curve.
            continue
    return tuple(points)
