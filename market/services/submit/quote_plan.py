"""Price a plan before anything runs."""

from __future__ import annotations

from dataclasses import dataclass

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError
from market import wire
from market.entities.people import User
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import Plan, check_datasets, plan_hash
from market.plan.program_input import ProgramInput
from market.policy.budget.price import price_document
from market.policy.consortia.readiness import ready_agreement
from market.policy.submission.asked_ids import read_dataset_ids
from market.pricing.lattice import AnyLattice
from market.records.listing import Policy
from market.services.platform import Platform
from market.services.sources import encrypted_source, member_source
from market.services.submit.askable import own_consortium


@dataclass(frozen=True, slots=True)
class PlanToPrice:
    """All that a price follows from: what is asked under which schema, its policy, the lattice of
    its engine, a plan as canonical JSON text, and an epsilon.

    It has a wire form, since pricing is long: whoever prices need not be who read the listing.
    """

    asked: ProgramInput
    policy: Policy
    lattice: AnyLattice
    plan: str
    epsilon: str


def plan_to_price(
    platform: Platform, user: User, asked: str, plan_text: str, epsilon: str
) -> PlanToPrice:
    """A plan beside the newest versions of the datasets it asks, or a consortium of the user's.

    Args:
        asked: an id, or several with commas between.

    Raises:
        NotFound: there is neither. Refused: `consortium-not-ready`, `dataset-malformed`, and as
            market.policy.listing.union says of several.
    """
    names = read_dataset_ids(asked)
    consortium = own_consortium(platform, user, names)
    source = (
        encrypted_source([platform.catalogue.dataset(name) for name in names])
        if consortium is None
        else member_source(ready_agreement(consortium))
    )
    told = source.program_input
    return PlanToPrice(told, source.policy, source.lattice, plan_text, epsilon)


def price_plan(asked: PlanToPrice) -> Json:
    """The quote: JSON with the plan's hash and the price. A function of what was asked alone.

    Raises:
        Refused: not a plan, one on another dataset, or a rule of the policy says no.
    """
    try:
        plan = wire.from_json(Plan, canonical.loads(asked.plan.encode()))
    except FormatError as error:
        raise Refused(
            "plan-malformed", f"Not a plan: {error}.", "Build it with `market quote`."
        ) from error
    check_datasets(plan, asked.asked.datasets)
    lowered = lower(plan, asked.asked.schema)
    priced = price_document(lowered, asked.policy, asked.epsilon, asked.lattice)
    return {"plan_hash": plan_hash(plan, asked.asked.schemas), **priced}
