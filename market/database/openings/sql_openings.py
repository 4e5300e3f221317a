"""What was opened, in SQL."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from market.database.engine import Database
from market.database.openings.tables import OPENED_SUM
from market.ports.openings import Release
from market.pricing.opening import Had, Opening, Rungs, SumId


@dataclass(frozen=True, slots=True)
class SqlOpenings:
    """market.ports.openings.Openings over a database."""

    database: Database

    def had(self, release: Release, opening: Opening) -> Had:
        """See the port."""
        with self.database.reading() as connection:
            return had(connection, release, opening)

    def record(self, release: Release, opening: Opening) -> None:
        """See the port; raises ValueError."""
        self.database.run(lambda connection: record(connection, release, opening))


def had(connection: Connection, release: Release, opening: Opening) -> Had:
    """SqlOpenings.had, inside a transaction."""
    return Had(
        own=_rungs(connection, release, opening, of_buyer=True),
        anybody=_rungs(connection, release, opening, of_buyer=False),
    )


def record(connection: Connection, release: Release, opening: Opening) -> None:
    """SqlOpenings.record, inside a transaction."""
    if release.sequence is None:
        raise ValueError("a release without a place in its chain cannot be remembered")
    table = OPENED_SUM.c
    place = (table.chain == release.chain, table.sequence == release.sequence)
    if not opening.sums or connection.execute(select(table.rung).where(*place).limit(1)).first():
        return
    connection.execute(
        insert(OPENED_SUM),
        [
            {
                "chain": release.chain,
                "sequence": release.sequence,
                "output": one.sum.output,
                "family": one.sum.family,
                "ladder": one.sum.ladder,
                "rung": one.rung,
                "manifest_hash": release.manifest_hash,
                "buyer": release.buyer,
            }
            for one in opening.sums
        ],
    )


def _rungs(connection: Connection, release: Release, opening: Opening, *, of_buyer: bool) -> Rungs:
    table, families = OPENED_SUM.c, set(opening.families)
    found = (
        select(table.family, table.ladder, table.output, func.max(table.rung).label("rung"))
        .where(table.manifest_hash == release.manifest_hash, table.chain == release.chain)
        .group_by(table.family, table.ladder, table.output)
    )
    if release.sequence is not None:
        found = found.where(table.sequence < release.sequence)
    if of_buyer:
        found = found.where(table.buyer == release.buyer)
    # A plan may ask more families than one statement takes parameters.
    return {
        SumId(row.family, row.ladder, row.output): row.rung
        for row in connection.execute(found)
        if row.family in families
    }
