"""Limits of one organisation in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from market.database.engine import Database
from market.database.limits.tables import ORGANISATION_LIMIT
from market.database.people.errors import no_organisation
from market.database.people.tables import ORGANISATION
from market.entities.limits import LIMIT_NAMES, LimitName


@dataclass(frozen=True, slots=True)
class SqlLimits:
    """market.ports.limits.OwnLimits over a database."""

    database: Database

    def of(self, organisation: str) -> Mapping[LimitName, int]:
        """See the port."""
        found = select(ORGANISATION_LIMIT.c.name, ORGANISATION_LIMIT.c.most).where(
            ORGANISATION_LIMIT.c.organisation == organisation
        )
        with self.database.reading() as connection:
            kept = {row.name: int(row.most) for row in connection.execute(found)}
        return {name: kept[name] for name in LIMIT_NAMES if name in kept}

    def put(self, organisation: str, name: LimitName, most: int | None) -> None:
        """See the port; raises NotFound (`no-organisation`)."""

        def step(connection: Connection) -> None:
            known = select(ORGANISATION).where(ORGANISATION.c.organisation == organisation)
            # Two operators, one after the other.
            if connection.execute(known.with_for_update()).first() is None:
                raise no_organisation(organisation)
            connection.execute(
                delete(ORGANISATION_LIMIT).where(
                    ORGANISATION_LIMIT.c.organisation == organisation,
                    ORGANISATION_LIMIT.c.name == name,
                )
            )
            if most is not None:
                values = {"organisation": organisation, "name": name, "most": most}
                connection.execute(insert(ORGANISATION_LIMIT).values(values))

        self.database.run(step)
