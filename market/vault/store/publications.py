"""The rows of the owner's tables: terms, lineages and keyed units (market.vault.store.lineages)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy import text as sql

from market.policy.budget.people import TableTerms
from market.records.listing import Listing
from market.records.signed import Signed
from market.vault.store.opening import AgentStore
from market.vault.store.tables import PUBLICATION, PUBLICATION_LINEAGE

_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A table as its owner signed and the portal listed it, wherever it was published from."""

    terms: TableTerms
    listing: Signed[Listing]


def add_table(
    connection: Connection, terms: TableTerms, units: Iterable[bytes] | None, *, is_listed: bool
) -> None:
    """Remember a table; `units` are its keyed ids, None where it names none."""
    connection.execute(
        insert(PUBLICATION).values(
            dataset=terms.dataset,
            version=terms.version,
            epoch=terms.epoch,
            has_ids=int(units is not None),
            budget_rho_units=terms.budget_rho_units,
            total_rho_units=terms.total_rho_units,
            is_listed=int(is_listed),
        )
    )
    row: dict[str, object] = {"dataset": terms.dataset, "version": terms.version}
    add_lineages(connection, terms)
    statement = sql("INSERT OR IGNORE INTO publication_unit VALUES (:unit, :dataset, :version)")
    batch: list[dict[str, object]] = []
    for unit in units or ():
        batch.append(row | {"unit": unit})
        if len(batch) == _ROWS_AT_ONCE:
            connection.execute(statement, batch)
            batch = []
    if batch:
        connection.execute(statement, batch)


def add_lineages(connection: Connection, terms: TableTerms) -> None:
    """Remember whose budget the people of a table share."""
    row = {"dataset": terms.dataset, "version": terms.version}
    rows = [row | {"lineage": lineage} for lineage in terms.lineages]
    if rows:
        connection.execute(insert(PUBLICATION_LINEAGE), rows)


def tables(connection: Connection, *, only_listed: bool = False) -> list[TableTerms]:
    """Every version of every table, in order."""
    lineages: dict[tuple[str, int], list[str]] = {}
    for row in connection.execute(select(PUBLICATION_LINEAGE)):
        lineages.setdefault((row.dataset, row.version), []).append(row.lineage)
    rows = select(PUBLICATION).order_by(PUBLICATION.c.dataset, PUBLICATION.c.version)
    if only_listed:
        rows = rows.where(PUBLICATION.c.is_listed == 1)
    return [
        TableTerms(
            row.dataset,
            row.version,
            tuple(sorted(lineages.get((row.dataset, row.version), ()))),
            row.epoch,
            row.budget_rho_units,
            row.total_rho_units,
        )
        for row in connection.execute(rows)
    ]


def have_ids(connection: Connection, dataset: str, version: int) -> bool:
    """Whether the people of a table are known by id."""
    query = select(PUBLICATION.c.has_ids).where(*_is(dataset, version))
    return connection.execute(query).scalar() == 1


def units_in_common(
    connection: Connection, table: TableTerms, dataset: str, version: int | None = None
) -> int:
    """How many ids of a table are in a version of another, or in any version of it."""
    query = sql(
        "SELECT COUNT(DISTINCT mine.unit) FROM publication_unit AS mine "
        "JOIN publication_unit AS theirs ON theirs.unit = mine.unit "
        "WHERE mine.dataset = :mine AND mine.version = :mine_version "
        "AND theirs.dataset = :dataset AND theirs.version = COALESCE(:version, theirs.version)"
    )
    values = {
        "mine": table.dataset,
        "mine_version": table.version,
        "dataset": dataset,
        "version": version,
    }
    return int(connection.execute(query, values).scalar_one())


def mark_listed(connection: Connection, dataset: str, version: int) -> None:
    """The portal has listed a table: from here on it counts towards caps, for ever."""
    connection.execute(update(PUBLICATION).where(*_is(dataset, version)).values(is_listed=1))


def drop_unlisted(connection: Connection, dataset: str, version: int) -> None:
    """With its lineages and units; a listed table stays for ever."""
    unlisted = (*_is(dataset, version), PUBLICATION.c.is_listed == 0)
    connection.execute(delete(PUBLICATION).where(*unlisted))


def listed_versions(store: AgentStore, dataset: str) -> list[int]:
    """The versions of a dataset that this store knows to be listed, in order."""
    query = (
        select(PUBLICATION.c.version)
        .where(PUBLICATION.c.dataset == dataset, PUBLICATION.c.is_listed == 1)
        .order_by(PUBLICATION.c.version)
    )
    with store.database.reading() as connection:
        return list(connection.execute(query).scalars())


def _is(dataset: str, version: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PUBLICATION.c.dataset == dataset, PUBLICATION.c.version == version
