"""Price a plan before anything runs."""

from __future__ import annotations

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError
from market import wire
from market.errors import Refused
from market.plan.plan import Plan, plan_hash
from market.policy.price import price_of
from market.services.platform import Platform


def quote_plan(platform: Platform, dataset: str, plan_text: str, epsilon: str) -> Json:
    """The quote of a plan's canonical JSON text: JSON with the plan's hash and the price.

    Raises:
        NotFound: no such dataset.
        Refused: not a plan, or a rule of the policy says no.
    """
    listing = platform.catalogue.dataset(dataset).listing.record
    try:
        plan = wire.from_json(Plan, canonical.loads(plan_text.encode()))
    except FormatError as error:
        raise Refused(
            "plan-malformed", f"Not a plan: {error}.", "Build it with `market quote`."
        ) from error
    return {
        "plan_hash": plan_hash(plan, listing.schema),
        "price_cents": listing.policy.price_cents,
        "quote": price_of(listing, plan, epsilon).to_json(),
    }
