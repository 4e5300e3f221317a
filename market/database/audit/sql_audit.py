"""The audit trail in SQL: an entry's number is its key, so no two can follow the same one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from market.database.audit.tables import AUDIT
from market.database.engine import Database, insert_new
from market.ports.audit import KeptEntry
from market.records.audit import FIRST_PREVIOUS, AuditEntry, document_hash
from market.records.signed import Signed


@dataclass(frozen=True, slots=True)
class SqlAuditTrail:
    """market.ports.audit.AuditTrail over a database."""

    database: Database

    def append(self, entry: Callable[[int, str], Signed[AuditEntry]]) -> Signed[AuditEntry]:
        """See the port."""

        def step(connection: Connection) -> Signed[AuditEntry]:
            while True:
                newest = _read(connection, _newest_first().limit(1))
                number = newest[0].number + 1 if newest else 1
                previous = document_hash(newest[0].document) if newest else FIRST_PREVIOUS
                signed = entry(number, previous)
                document = signed.encode().decode()
                # On Postgres this waits for whoever adds at the same time, then finds their row.
                if insert_new(connection, AUDIT, number=number, document=document):
                    return signed

        return self.database.run(step)

    def after(self, number: int, *, limit: int) -> list[KeptEntry]:
        """See the port."""
        found = select(AUDIT).where(AUDIT.c.number > number).order_by(AUDIT.c.number).limit(limit)
        with self.database.reading() as connection:
            return _read(connection, found)

    def before(self, number: int | None, *, limit: int) -> list[KeptEntry]:
        """See the port."""
        found = _newest_first().limit(limit)
        if number is not None:
            found = found.where(AUDIT.c.number < number)
        with self.database.reading() as connection:
            return _read(connection, found)


def _newest_first() -> Select[Any]:
    return select(AUDIT).order_by(AUDIT.c.number.desc())


def _read(connection: Connection, found: Select[Any]) -> list[KeptEntry]:
    return [KeptEntry(row.number, row.document) for row in connection.execute(found)]
