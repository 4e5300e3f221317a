"""Drafts in SQL: a row each, changed under its lock by market.policy.drafts.draft_changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from market.database.drafts.tables import DRAFT
from market.database.engine import Database
from market.database.people.tables import ORGANISATION
from market.entities.draft import Draft, DraftContent, TakenUp, read_draft_document
from market.policy.drafts.draft_changes import check_number, no_draft, saved, taken_up


@dataclass(frozen=True, slots=True)
class SqlDrafts:
    """market.ports.drafts.Drafts over a database."""

    database: Database

    def add(
        self, organisation: str, content: DraftContent, *, by: str, most: int, now: int
    ) -> Draft:
        """See the port; raises Refused (`drafts-full`)."""

        def step(connection: Connection) -> Draft:
            # One draft at a time of each organisation: what is counted stays so until it is there.
            own = select(ORGANISATION).where(ORGANISATION.c.organisation == organisation)
            connection.execute(own.with_for_update(key_share=True))
            mine = select(func.count()).where(DRAFT.c.organisation == organisation)
            check_number(int(connection.execute(mine).scalar_one()), most)
            draft = Draft(0, organisation, content, 1, by, now, by, now)
            values = {**_changing(draft), "organisation": organisation}
            values |= {"started_by": by, "started_at": now}
            added = connection.execute(insert(DRAFT).values(values).returning(DRAFT))
            return _draft(added.one())

        return self.database.run(step)

    def get(self, number: int) -> Draft:
        """See the port; raises NotFound (`no-draft`)."""
        with self.database.reading() as connection:
            row = connection.execute(select(DRAFT).where(DRAFT.c.number == number)).one_or_none()
        if row is None:
            raise no_draft(number)
        return _draft(row)

    def of_organisation(self, organisation: str) -> list[Draft]:
        """See the port."""
        found = (
            select(DRAFT)
            .where(DRAFT.c.organisation == organisation)
            .order_by(DRAFT.c.saved_at.desc(), DRAFT.c.number.desc())
        )
        with self.database.reading() as connection:
            return [_draft(row) for row in connection.execute(found)]

    def save(
        self, number: int, content: DraftContent, *, revision: int, by: str, now: int
    ) -> Draft:
        """See the port; raises NotFound, Conflict."""
        return self._change(
            number, lambda draft: saved(draft, content, revision=revision, by=by, now=now)
        )

    def take_up(self, number: int, *, revision: int, by: str, now: int) -> Draft:
        """See the port; raises NotFound, Conflict."""
        return self._change(
            number, lambda draft: taken_up(draft, revision=revision, by=by, now=now)
        )

    def delete(self, number: int) -> None:
        """See the port; raises NotFound."""

        def step(connection: Connection) -> None:
            if not connection.execute(delete(DRAFT).where(DRAFT.c.number == number)).rowcount:
                raise no_draft(number)

        self.database.run(step)

    def _change(self, number: int, change: Callable[[Draft], Draft]) -> Draft:
        def step(connection: Connection) -> Draft:
            this = DRAFT.c.number == number
            row = connection.execute(select(DRAFT).where(this).with_for_update()).one_or_none()
            if row is None:
                raise no_draft(number)
            before = _draft(row)
            after = change(before)
            if after != before:
                connection.execute(update(DRAFT).where(this).values(_changing(after)))
            return after

        return self.database.run(step)


def _changing(draft: Draft) -> dict[str, object]:
    """The columns that a change replaces."""
    taken = draft.taken
    return {
        "content": draft.content.document(),
        "revision": draft.revision,
        "saved_by": draft.saved_by,
        "saved_at": draft.saved_at,
        "taken_by": taken.by if taken else None,
        "taken_at": taken.at if taken else None,
        "taken_revision": taken.revision if taken else None,
    }


def _draft(row: Row[Any]) -> Draft:
    taken = TakenUp(row.taken_by, int(row.taken_at), row.taken_revision) if row.taken_by else None
    return Draft(
        number=int(row.number),
        organisation=row.organisation,
        content=read_draft_document(row.content),
        revision=row.revision,
        started_by=row.started_by,
        started_at=int(row.started_at),
        saved_by=row.saved_by,
        saved_at=int(row.saved_at),
        taken=taken,
    )
