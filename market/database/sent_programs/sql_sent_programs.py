"""market.ports.sent_programs.SentPrograms in SQL."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from market.database.engine import Database, insert_new
from market.database.people.errors import no_organisation
from market.database.people.tables import ORGANISATION
from market.database.sent_programs.tables import JOB_TOKEN, SENT_PROGRAM
from market.entities.sent_program import SentProgram
from market.policy.operation.limits import refuse_more_programs


@dataclass(frozen=True, slots=True)
class SqlSentPrograms:
    """Over a database."""

    database: Database

    def note(self, program: SentProgram, *, most_bytes: int) -> None:
        """See the port; raises Refused, NotFound."""

        def step(connection: Connection) -> None:
            name = program.organisation
            known = select(ORGANISATION).where(ORGANISATION.c.organisation == name)
            # Two who send at once, one after the other.
            if connection.execute(known.with_for_update()).first() is None:
                raise no_organisation(name)
            connection.execute(delete(SENT_PROGRAM).where(_called(name, program.digest)))
            total = func.coalesce(func.sum(SENT_PROGRAM.c.size_bytes), 0)
            taken = select(total).where(SENT_PROGRAM.c.organisation == name)
            refuse_more_programs(
                name,
                most_bytes,
                taken=int(connection.execute(taken).scalar_one()),
                more=program.size_bytes,
            )
            values = {
                "organisation": name,
                "digest": program.digest,
                "size_bytes": program.size_bytes,
                "needed_at": program.needed_at,
            }
            connection.execute(insert(SENT_PROGRAM).values(values))

        self.database.run(step)

    def need(self, organisation: str, digest: str, *, now: int) -> bool:
        """See the port."""
        needed = update(SENT_PROGRAM).where(_called(organisation, digest)).values(needed_at=now)
        return self.database.run(lambda connection: connection.execute(needed).rowcount) > 0

    def find(self, digest: str) -> list[SentProgram]:
        """See the port."""
        return self._found(SENT_PROGRAM.c.digest == digest)

    def of_organisation(self, organisation: str) -> list[SentProgram]:
        """See the port."""
        return self._found(SENT_PROGRAM.c.organisation == organisation)

    def due(self, *, before: int) -> list[SentProgram]:
        """See the port."""
        return self._found(SENT_PROGRAM.c.needed_at < before)

    def _found(self, where: ColumnElement[bool]) -> list[SentProgram]:
        order = (SENT_PROGRAM.c.organisation, SENT_PROGRAM.c.digest)
        with self.database.reading() as connection:
            rows = connection.execute(select(SENT_PROGRAM).where(where).order_by(*order))
            return [
                SentProgram(row.organisation, row.digest, row.size_bytes, row.needed_at)
                for row in rows
            ]

    def forget(self, program: SentProgram) -> None:
        """See the port."""
        unneeded = delete(SENT_PROGRAM).where(
            _called(program.organisation, program.digest),
            SENT_PROGRAM.c.needed_at == program.needed_at,
        )
        self.database.run(lambda connection: connection.execute(unneeded))

    def keep_token(self, job: str, sealed: str) -> None:
        """See the port."""
        self.database.run(
            lambda connection: insert_new(connection, JOB_TOKEN, job=job, sealed=sealed)
        )

    def token(self, job: str) -> str:
        """See the port."""
        found = select(JOB_TOKEN.c.sealed).where(JOB_TOKEN.c.job == job)
        with self.database.reading() as connection:
            return str(connection.execute(found).scalar() or "")

    def jobs_with_token(self) -> list[str]:
        """See the port."""
        found = select(JOB_TOKEN.c.job).order_by(JOB_TOKEN.c.job)
        with self.database.reading() as connection:
            return [str(row.job) for row in connection.execute(found)]

    def drop_token(self, job: str) -> None:
        """See the port."""
        dropped = delete(JOB_TOKEN).where(JOB_TOKEN.c.job == job)
        self.database.run(lambda connection: connection.execute(dropped))


def _called(organisation: str, digest: str) -> ColumnElement[bool]:
    return and_(SENT_PROGRAM.c.organisation == organisation, SENT_PROGRAM.c.digest == digest)
