"""Agreements read from their three tables."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, select

from market.database.consortia.documents import consortium_of
from market.database.consortia.tables import (
    CONSORTIUM,
    CONSORTIUM_BINDING,
    CONSORTIUM_PROPOSAL,
    CONSORTIUM_SEAT,
)
from market.entities.consortium import Consortium

IS_NEWEST: Final = CONSORTIUM_PROPOSAL.c.number == CONSORTIUM.c.newest_number
"""Of agreements: the newest of its consortium."""

_Key = tuple[str, int]


def read_agreements(connection: Connection, wanted: ColumnElement[bool]) -> list[Consortium]:
    """The agreements of which `wanted`, a condition on consortium and proposal, holds; by id."""
    proposals = connection.execute(
        _of_proposals(select(CONSORTIUM_PROPOSAL), wanted).order_by(
            CONSORTIUM_PROPOSAL.c.consortium, CONSORTIUM_PROPOSAL.c.number
        )
    ).all()
    seats = _rows(connection, CONSORTIUM_SEAT, wanted, CONSORTIUM_SEAT.c.organisation)
    bindings = _rows(
        connection,
        CONSORTIUM_BINDING,
        wanted,
        CONSORTIUM_BINDING.c.agent,
        CONSORTIUM_BINDING.c.version,
    )
    found = []
    for proposal in proposals:
        key = (proposal.consortium, proposal.number)
        newest = {bound.agent: bound for bound in bindings[key]}
        found.append(consortium_of(proposal.document, seats[key], newest.values()))
    return found


def _rows(
    connection: Connection, table: Table, wanted: ColumnElement[bool], *order: ColumnElement[Any]
) -> dict[_Key, list[Row[Any]]]:
    """The rows of a table that belong to these agreements, by id and number."""
    of_agreement = and_(
        table.c.consortium == CONSORTIUM_PROPOSAL.c.consortium,
        table.c.number == CONSORTIUM_PROPOSAL.c.number,
    )
    chosen = _of_proposals(select(table).join(CONSORTIUM_PROPOSAL, of_agreement), wanted)
    found: dict[_Key, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(chosen.order_by(*order)):
        found[row.consortium, row.number].append(row)
    return found


def _of_proposals(chosen: Select[Any], wanted: ColumnElement[bool]) -> Select[Any]:
    is_of = CONSORTIUM.c.consortium == CONSORTIUM_PROPOSAL.c.consortium
    return chosen.join(CONSORTIUM, is_of).where(wanted)
