"""A draft that says what a listing says: where the next version of a dataset begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from crypto.accounting import epsilon_for_rho, rho_for_epsilon
from crypto.gaussian_profile import gaussian_epsilon, gaussian_rho_units
from market.entities.draft import Choice, DraftColumn, DraftContent
from market.plan.decimals import decimal_text, fraction_of
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DateColumn,
    NumericColumn,
)
from market.policy.drafts.draft_declared import NULL_RULES
from market.policy.drafts.draft_items import items_text
from market.policy.drafts.draft_unions import unions_text
from market.policy.listing.encrypted_for import encrypted_for
from market.records.listing import Listing

_DIGITS = 12


def draft_of_listing(listing: Listing, *, epoch: int, parameters: str) -> DraftContent:
    """Everything that a listing tells of its declaration.

    It does not tell how the file is laid out (headers, codes for what is missing, separator,
    how cells are written): their owner's client knows that (market.owner.publish.kept_layout).

    Args:
        parameters: the name of the set that the table is encrypted under.
    """
    description, schema, policy = listing.description, listing.schema, listing.policy
    unit, wanted = schema.privacy_unit, encrypted_for(parameters)
    total = policy.total_rho_units
    return DraftContent(
        dataset=listing.dataset,
        title=description.title,
        summary=description.summary,
        provenance=description.provenance,
        licence=description.licence,
        terms=description.terms,
        capacity_rows=str(schema.capacity_rows),
        unit_column=unit.column or "",
        unit_meaning=unit.meaning,
        unit_max_rows=str(unit.max_rows),
        distinct_from=items_text(listing.population.distinct_from),
        budget_epsilon=declared_epsilon(policy.budget_rho_units, policy.delta),
        buyer_epsilon=declared_gaussian_epsilon(policy.buyer_rho_units, policy.delta),
        job_epsilon=declared_gaussian_epsilon(policy.job_rho_units, policy.delta),
        delta=policy.delta,
        statistics=policy.statistics,
        access=policy.access,
        approval=policy.approval,
        recomputation=_choice(policy.recomputation),
        price=decimal_text(Decimal(policy.price_cents) / 100),
        epoch=str(epoch),
        total_epsilon="" if total is None else declared_epsilon(total, policy.delta),
        # By itself it follows from the policy.
        encrypted_for="products" if wanted == "products" and not policy.recomputation else "",
        products=items_text(f"{pair.left} {pair.right}" for pair in schema.products),
        sold_alone="" if listing.together.is_sold_alone else "no",
        unions=unions_text(listing.together.unions),
        columns=tuple(map(_column, schema.columns)),
    )


def declared_epsilon(units: int, delta: str) -> str:
    """The epsilon of a budget as its declaration would say it."""
    return _declared(units, delta, epsilon_for_rho, rho_for_epsilon)


def declared_gaussian_epsilon(units: int, delta: str) -> str:
    """The same of what one buyer may spend, or one job cost."""
    return _declared(units, delta, gaussian_epsilon, gaussian_rho_units)


def _declared(
    units: int,
    delta: str,
    epsilon_of: Callable[[int, Fraction], Decimal],
    units_of: Callable[[Fraction, Fraction], int],
) -> str:
    """The shortest epsilon that gives these units; where none of few digits does, the largest that
    gives no more."""
    exact = fraction_of(delta)
    epsilon = epsilon_of(units, exact)
    for digits in range(_DIGITS):
        rounded = epsilon.quantize(Decimal(1).scaleb(-digits))
        if rounded > 0 and units_of(Fraction(rounded), exact) == units:
            return decimal_text(rounded)
    return decimal_text(epsilon.quantize(Decimal(1).scaleb(-_DIGITS), rounding=ROUND_DOWN))


def _column(column: Column) -> DraftColumn:
    about = DraftColumn(name=column.name, kind=column.tag, meaning=column.meaning)
    match column:
        case NumericColumn():
            known = (column.reference_mean, column.reference_sd)
            return replace(
                about,
                low=column.low,
                high=column.high,
                unit=column.unit,
                null=_rule(column.tag, column.null),
                bins=items_text(column.bins),
                reference=items_text(one for one in known if one is not None),
                only_summed=_choice(column.only_summed) if column.bins else "",
            )
        case CategoricalColumn():
            return replace(
                about,
                levels=items_text(column.levels),
                null=_rule(column.tag, column.other),
                reference=items_text(column.reference_shares or ()),
                only_summed=_choice(column.only_summed),
            )
        case BooleanColumn():
            return replace(about, null=_rule(column.tag, column.null))
        case DateColumn():
            return replace(
                about,
                low=column.first,
                high=column.last,
                levels=items_text(column.parts),
                null=_rule(column.tag, column.null),
                only_summed=_choice(column.only_summed),
            )


def _rule(kind: str, rule: str) -> str:
    """The rule for a missing value; empty for the usual one."""
    return "" if rule == NULL_RULES[kind][0] else rule


def _choice(answer: bool) -> Choice:
    return "yes" if answer else "no"
