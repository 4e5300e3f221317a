"""What an owner's tables say of their people: those they sell, and those bound in consortia.

One person, one budget, whichever engine asks: a bound table counts under its consortium's name.
"""

from __future__ import annotations

from market.errors import Conflict
from market.policy.budget.people import TableTerms, caps, check_shared, terms_of, terms_of_binding
from market.records.listing import Population
from market.services.platform import Platform


def caps_beside_others(
    platform: Platform, owner: str, table: TableTerms, population: Population
) -> dict[str, int]:
    """The caps of a table's people, by its owner's other tables too; no account changes here.

    Raises:
        Refused: `population-unsaid`: it neither shares the others' lineages nor says why.
    """
    others = [
        *(
            terms_of(other.listing.record, other.manifest.record)
            for other in platform.catalogue.of_owner(owner)
        ),
        *(
            terms_of_binding(consortium, bound.record)
            for consortium, bound in platform.consortia.bindings_of(owner).items()
        ),
    ]
    others = [other for other in others if other.dataset != table.dataset]
    check_shared(table, others, population.distinct_from)
    of_people = caps([*others, table])
    return {account: of_people[account] for account in table.accounts()}


def claim_lineages(platform: Platform, owner: str, lineages: tuple[str, ...]) -> None:
    """That these are the owner's from now on (raises Conflict, `lineage-of-another`)."""
    for lineage in lineages:
        if platform.catalogue.claim_lineage(lineage, owner) != owner:
            raise Conflict(
                "lineage-of-another",
                f"Lineage {lineage} belongs to another owner.",
                "Publish with the installed client: it makes lineages under your own key.",
            )
