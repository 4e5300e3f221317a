"""Price a plan before anything runs."""

from __future__ import annotations

from dataclasses import dataclass

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError
from crypto.parameters import by_name
from market import wire
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import Plan, check_datasets, plan_hash
from market.policy.one_of_each import one_dataset
from market.policy.price import price_of
from market.pricing.lattice import AnyLattice, ciphertext_lattice
from market.records.listing import Listing
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class PlanToPrice:
    """All that a price follows from: a listing, the lattice of its engine, a plan as canonical JSON
    text, and an epsilon.

    It has a wire form, since pricing is long: whoever prices need not be who read the listing.
    """

    listing: Listing
    lattice: AnyLattice
    plan: str
    epsilon: str


def plan_to_price(platform: Platform, dataset: str, plan_text: str, epsilon: str) -> PlanToPrice:
    """A plan beside the newest listing of the dataset it asks (raises NotFound)."""
    found = platform.catalogue.dataset(dataset)
    listing = found.listing.record
    parameters = by_name(found.manifest.record.parameters)
    lattice = ciphertext_lattice(listing.schema.capacity_rows, parameters)
    return PlanToPrice(listing, lattice, plan_text, epsilon)


def price_plan(asked: PlanToPrice) -> Json:
    """The quote: JSON with the plan's hash and the price. A function of what was asked alone.

    Raises:
        MoreThanOne: it asks several datasets.
        Refused: not a plan, one on another dataset, or a rule of the policy says no.
    """
    listing = asked.listing
    try:
        plan = wire.from_json(Plan, canonical.loads(asked.plan.encode()))
    except FormatError as error:
        raise Refused(
            "plan-malformed", f"Not a plan: {error}.", "Build it with `market quote`."
        ) from error
    one_dataset(plan.datasets)
    check_datasets(plan, (listing.dataset,))
    lowered = lower(plan, listing.schema)
    priced = price_of(lowered, listing.policy, asked.epsilon, asked.lattice)
    return {
        "plan_hash": plan_hash(plan, (listing.schema,)),
        "price_cents": listing.policy.price_cents,
        "quote": priced.to_json(),
    }
