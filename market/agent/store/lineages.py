"""Who is in which table: every person's budget follows him, whatever the table is called.

The rules keep one thing true: for every person there is a lineage that each release about him
charges. A table known by ids joins every lineage that holds one of its ids, and every lineage that
holds a table without ids, since that may be about the same people; a table without ids joins all
lineages. A declared distinct or named population narrows this by the owner's own word. A new
version keeps the lineages of the versions before it. What fits nowhere begins a lineage.

Ids never leave the agent: they are kept as HMAC-SHA256 under the lineage key, cut to 16 bytes.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.sqlite import insert

from crypto.secret import Secret
from market.agent.store.opening import AgentStore
from market.agent.store.tables import LINEAGE, LINEAGE_TABLE
from market.plan.person import normal_id

_UNIT_BYTES = 16
_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Population:
    """What the owner says about the people of a table.

    Attributes:
        name: tables of the same name are about the same people; empty when he does not say.
        is_distinct: nobody of this table with ids is in any of his tables without ids.
    """

    name: str = ""
    is_distinct: bool = False


def keyed_units(key: Secret, ids: Iterable[str]) -> Iterator[bytes]:
    """The ids as they are kept: keyed, so that the store alone does not tell who is in a table."""
    for identifier in ids:
        message = b"market/unit/1\x00" + normal_id(identifier).encode("utf-8", "surrogatepass")
        yield hmac.new(key.reveal(), message, hashlib.sha256).digest()[:_UNIT_BYTES]


def assign_lineages(
    store: AgentStore,
    dataset: str,
    version: int,
    units: Collection[bytes] | None,
    population: Population,
    *,
    entropy: Callable[[int], bytes],
) -> tuple[str, ...]:
    """The lineages of a table, recorded; asked again for the same version they only grow.

    Args:
        units: keyed ids of the privacy units, or None for a table without ids.
    """

    def step(connection: Connection) -> tuple[str, ...]:
        joined = _of_dataset(connection, dataset)
        if units is None:
            joined |= _for_unknown(connection, population)
        else:
            _stage(connection, units)
            joined |= _overlapping(connection)
            if not population.is_distinct:
                joined |= _holding_unknown(connection)
        if not joined:
            joined = {entropy(16).hex()}
        _record(connection, dataset, version, joined, population, has_ids=units is not None)
        return tuple(sorted(joined))

    return store.database.run(step)


def _of_dataset(connection: Connection, dataset: str) -> set[str]:
    query = select(LINEAGE_TABLE.c.lineage).where(LINEAGE_TABLE.c.dataset == dataset)
    return set(connection.execute(query).scalars())


def _for_unknown(connection: Connection, population: Population) -> set[str]:
    query = select(LINEAGE_TABLE.c.lineage)
    if population.name:
        query = query.where(LINEAGE_TABLE.c.population == population.name)
    return set(connection.execute(query).scalars())


def _holding_unknown(connection: Connection) -> set[str]:
    query = select(LINEAGE_TABLE.c.lineage).where(LINEAGE_TABLE.c.has_ids == 0)
    return set(connection.execute(query).scalars())


def _stage(connection: Connection, units: Iterable[bytes]) -> None:
    connection.execute(sql("CREATE TEMP TABLE IF NOT EXISTS staged_unit (unit BLOB PRIMARY KEY)"))
    connection.execute(sql("DELETE FROM staged_unit"))
    batch: list[dict[str, bytes]] = []
    for unit in units:
        batch.append({"unit": unit})
        if len(batch) == _ROWS_AT_ONCE:
            _insert_staged(connection, batch)
            batch = []
    _insert_staged(connection, batch)


def _insert_staged(connection: Connection, batch: list[dict[str, bytes]]) -> None:
    if batch:
        connection.execute(sql("INSERT OR IGNORE INTO staged_unit VALUES (:unit)"), batch)


def _overlapping(connection: Connection) -> set[str]:
    query = sql(
        "SELECT DISTINCT lineage FROM lineage_unit WHERE unit IN (SELECT unit FROM staged_unit)"
    )
    return set(connection.execute(query).scalars())


def _record(
    connection: Connection,
    dataset: str,
    version: int,
    joined: set[str],
    population: Population,
    *,
    has_ids: bool,
) -> None:
    for lineage in sorted(joined):
        connection.execute(insert(LINEAGE).values(lineage=lineage).on_conflict_do_nothing())
        connection.execute(
            insert(LINEAGE_TABLE)
            .values(
                dataset=dataset,
                version=version,
                lineage=lineage,
                has_ids=int(has_ids),
                population=population.name,
            )
            .on_conflict_do_nothing()
        )
        if has_ids:
            connection.execute(
                sql(
                    "INSERT OR IGNORE INTO lineage_unit (unit, lineage) "
                    "SELECT unit, :lineage FROM staged_unit"
                ),
                {"lineage": lineage},
            )
    if has_ids:
        connection.execute(sql("DELETE FROM staged_unit"))
