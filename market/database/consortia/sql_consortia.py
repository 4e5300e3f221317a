"""Consortia in SQL: signed documents as their exact text, verified again when they are read.

A change locks its consortium's row first, and then judges by what it reads: of two who take one
seat, or consent as another leaves, the second is judged by what the first has left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Select, and_, insert, select, update

from market.database.catalogue.errors import dataset_of_another
from market.database.catalogue.names import claim_name
from market.database.consortia.documents import opened
from market.database.consortia.reading import IS_NEWEST, read_agreements
from market.database.consortia.tables import (
    CONSORTIUM,
    CONSORTIUM_BINDING,
    CONSORTIUM_PROPOSAL,
    CONSORTIUM_SEAT,
)
from market.database.engine import Database, insert_new
from market.database.ledger import sql_ledger as ledger
from market.entities.consortium import Consortium
from market.policy.consortia.consortium import (
    check_newest,
    is_next,
    no_consortium,
    with_binding,
    with_consent,
    with_departure,
    with_joining,
)
from market.records.agreement import Consent, Departure, Joining
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.signed import Signed

S = TypeVar("S", Joining, Consent, Departure)


@dataclass(frozen=True, slots=True)
class SqlConsortia:
    """market.ports.consortia.Consortia over a database."""

    database: Database

    def has(self, consortium: str) -> bool:
        """See the port."""
        held = select(CONSORTIUM.c.newest_number).where(CONSORTIUM.c.consortium == consortium)
        with self.database.reading() as connection:
            return connection.execute(held).scalar_one_or_none() is not None

    def propose(self, proposal: Signed[Proposal], *, now: int) -> None:
        """See the port; raises Conflict."""
        self.database.run(lambda connection: _propose(connection, proposal, now))

    def get(self, consortium: str, number: int) -> Consortium:
        """See the port; raises NotFound (`no-consortium`)."""
        with self.database.reading() as connection:
            return _get(connection, consortium, number)

    def newest(self, consortium: str) -> Consortium:
        """See the port; raises NotFound (`no-consortium`)."""
        with self.database.reading() as connection:
            found = read_agreements(
                connection, and_(IS_NEWEST, CONSORTIUM.c.consortium == consortium)
            )
        if not found:
            raise no_consortium(consortium)
        return found[0]

    def of_organisation(self, organisation: str) -> list[Consortium]:
        """See the port."""
        seated = and_(IS_NEWEST, CONSORTIUM.c.consortium.in_(_seated(organisation)))
        with self.database.reading() as connection:
            return read_agreements(connection, seated)

    def has_seat(self, organisation: str) -> bool:
        """See the port."""
        seated = select(CONSORTIUM.c.consortium).where(
            CONSORTIUM.c.consortium.in_(_seated(organisation))
        )
        with self.database.reading() as connection:
            return connection.execute(seated.limit(1)).first() is not None

    def all_newest(self) -> list[Consortium]:
        """See the port."""
        with self.database.reading() as connection:
            return read_agreements(connection, IS_NEWEST)

    def agreed(self) -> list[Consortium]:
        """See the port."""
        return [found for found in self.all_newest() if found.state == "agreed"]

    def add_joining(self, consortium: str, number: int, joining: Signed[Joining]) -> Consortium:
        """See the port; raises NotFound, Conflict, Refused."""
        return self._said(consortium, number, "joining", joining, with_joining)

    def add_consent(self, consortium: str, number: int, consent: Signed[Consent]) -> Consortium:
        """See the port; raises NotFound, Conflict, Refused."""
        return self._said(consortium, number, "consent", consent, with_consent)

    def add_departure(
        self, consortium: str, number: int, departure: Signed[Departure]
    ) -> Consortium:
        """See the port; raises NotFound, Conflict, Refused."""
        return self._said(consortium, number, "departure", departure, with_departure)

    def add_binding(
        self,
        consortium: str,
        number: int,
        binding: Signed[Binding],
        *,
        owner: str,
        caps: Mapping[str, int],
        now: int,
    ) -> Consortium:
        """See the port; raises NotFound, Conflict, Refused."""

        def step(connection: Connection) -> Consortium:
            before = _locked(connection, consortium, number)
            after = with_binding(before, binding)
            if after != before:
                connection.execute(
                    insert(CONSORTIUM_BINDING).values(
                        consortium=consortium,
                        number=number,
                        agent=binding.record.agent,
                        version=binding.record.version,
                        owner=owner,
                        document=binding.encode().decode(),
                        received_at=now,
                    )
                )
                for account, cap_units in sorted(caps.items()):
                    ledger.open_account(connection, account, cap_units)
            return after

        return self.database.run(step)

    def bindings_of(self, owner: str) -> dict[str, Signed[Binding]]:
        """See the port."""
        bound = (
            select(CONSORTIUM_BINDING.c.consortium, CONSORTIUM_BINDING.c.document)
            .where(CONSORTIUM_BINDING.c.owner == owner)
            .order_by(
                CONSORTIUM_BINDING.c.consortium,
                CONSORTIUM_BINDING.c.number,
                CONSORTIUM_BINDING.c.version,
            )
        )
        with self.database.reading() as connection:
            rows = connection.execute(bound).all()
        newest = {row.consortium: row.document for row in rows}
        return {consortium: opened(Binding, document) for consortium, document in newest.items()}

    def _said(
        self,
        consortium: str,
        number: int,
        column: str,
        document: Signed[S],
        with_document: Callable[[Consortium, Signed[S]], Consortium],
    ) -> Consortium:
        """Keep what a seat's member has said, where it may follow what is there."""

        def step(connection: Connection) -> Consortium:
            before = _locked(connection, consortium, number)
            after = with_document(before, document)
            if after != before:
                connection.execute(
                    update(CONSORTIUM_SEAT)
                    .where(
                        CONSORTIUM_SEAT.c.consortium == consortium,
                        CONSORTIUM_SEAT.c.number == number,
                        CONSORTIUM_SEAT.c.organisation == document.record.organisation,
                    )
                    .values({column: document.encode().decode()})
                )
            return after

        return self.database.run(step)


def _seated(organisation: str) -> Select[tuple[str]]:
    """The consortia whose newest agreement gives an organisation a seat."""
    return (
        select(CONSORTIUM_SEAT.c.consortium)
        .where(
            CONSORTIUM_SEAT.c.organisation == organisation,
            CONSORTIUM_SEAT.c.number == CONSORTIUM.c.newest_number,
        )
        .correlate(CONSORTIUM)
    )


def _propose(connection: Connection, proposal: Signed[Proposal], now: int) -> None:
    record = proposal.record
    if not claim_name(connection, record.consortium, "consortium"):
        raise dataset_of_another(record.consortium)
    insert_new(connection, CONSORTIUM, consortium=record.consortium, newest_number=0)
    newest_number = _lock(connection, record.consortium)
    newest = _get(connection, record.consortium, newest_number) if newest_number else None
    if not is_next(proposal, newest):
        return
    connection.execute(
        insert(CONSORTIUM_PROPOSAL).values(
            consortium=record.consortium,
            number=record.number,
            document=proposal.encode().decode(),
            received_at=now,
        )
    )
    connection.execute(
        insert(CONSORTIUM_SEAT),
        [
            {
                "consortium": record.consortium,
                "number": record.number,
                "organisation": seat.organisation,
            }
            for seat in record.seats
        ],
    )
    connection.execute(
        update(CONSORTIUM)
        .where(CONSORTIUM.c.consortium == record.consortium)
        .values(newest_number=record.number)
    )


def _locked(connection: Connection, consortium: str, number: int) -> Consortium:
    """The newest agreement, which nobody else changes until the transaction ends."""
    check_newest(consortium, number, _lock(connection, consortium))
    return _get(connection, consortium, number)


def _lock(connection: Connection, consortium: str) -> int:
    mine = CONSORTIUM.c.consortium == consortium
    # A change of nothing locks the row on both engines.
    connection.execute(
        update(CONSORTIUM).where(mine).values(newest_number=CONSORTIUM.c.newest_number)
    )
    found = connection.execute(select(CONSORTIUM.c.newest_number).where(mine)).scalar_one_or_none()
    if found is None:
        raise no_consortium(consortium)
    return int(found)


def _get(connection: Connection, consortium: str, number: int) -> Consortium:
    wanted = and_(
        CONSORTIUM_PROPOSAL.c.consortium == consortium, CONSORTIUM_PROPOSAL.c.number == number
    )
    found = read_agreements(connection, wanted)
    if not found:
        raise no_consortium(consortium)
    return found[0]
