"""The public arguments of a join: both tables' columns that a plan asks of, and its sums."""

from __future__ import annotations

from collections.abc import Sequence

from crypto.mpc.programs.join_arguments import (
    MATCH,
    Column,
    JoinArguments,
    Output,
    Table,
    read_arguments,
)
from crypto.mpc.programs.join_arguments import Factor as Place
from market.plan.factors import Factor, Moment, Validity
from market.plan.moments import Opened
from market.plan.schema import Schema
from market.pricing.quote import Quote
from market.records.agreement import Agreement
from market.tables.join_columns import bits_of


def join_arguments(agreement: Agreement, price: Quote) -> JoinArguments:
    """What every member's worker is told.

    Raises:
        FormatError: more columns or cells than a session can hold.
    """
    moments = price.lowered.moments
    tables = [_table(agreement, place, moments) for place in (0, 1)]
    places = _places(agreement, moments)
    arguments = JoinArguments(
        law=price.outputs[0].law,
        left=tables[0],
        right=tables[1],
        outputs=tuple(
            Output(_factors(opened, places), output.scale_squared)
            for opened, output in zip(price.lowered.opened, price.outputs, strict=True)
        ),
    )
    # As the workers read it, so that what they would refuse is refused before anybody meets.
    return read_arguments(arguments.to_json())


def own_factors(schema: Schema, moments: Sequence[Moment]) -> list[Factor]:
    """The columns of one member's schema that the moments ask of, in the order they first do."""
    own = set(schema.factors) - {Validity()}
    asked = (factor for moment in moments for factor in moment)
    return [factor for factor in dict.fromkeys(asked) if factor in own]


def _table(agreement: Agreement, place: int, moments: Sequence[Moment]) -> Table:
    schema = agreement.proposal.schemas[place]
    (member,) = (one for one in agreement.members if one.table == place)
    families = dict.fromkeys(factor.family for factor in schema.factors)
    groups = {family: number for number, family in enumerate(families)}
    columns = [
        Column(bits_of(factor), groups[factor.family]) for factor in own_factors(schema, moments)
    ]
    return Table(agreement.point_of(member.agent), schema.capacity_rows, tuple(columns))


def _factors(opened: Opened, places: dict[Factor, Place]) -> tuple[Place, ...]:
    """Those of the one moment it is: sums are weighed under pure epsilons, which no join has."""
    ((_, moment),) = opened.terms
    return tuple(places[factor] for factor in moment)


def _places(agreement: Agreement, moments: Sequence[Moment]) -> dict[Factor, Place]:
    left, right = agreement.proposal.schemas
    return {
        Validity(): MATCH,
        **{factor: ("left", place) for place, factor in enumerate(own_factors(left, moments))},
        **{factor: ("right", place) for place, factor in enumerate(own_factors(right, moments))},
    }
