"""Leases, redeemed codes and forms in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select, update

from market import wire
from market.database.engine import Database, insert_new
from market.database.shared_state.tables import FORMS, LEASE, REDEEMED_CODE, TROUBLE
from market.entities.overview import Trouble
from market.entities.stages import AllForms
from market.ports.shared_state import NumberedForms

_ROW = 1


@dataclass(frozen=True, slots=True)
class SqlLeases:
    """market.ports.shared_state.Leases over a database."""

    database: Database

    def take(self, name: str, holder: str, *, now: int, lease_seconds: int) -> bool:
        """See the port."""
        with self.database.reading() as connection:
            found = connection.execute(select(LEASE).where(LEASE.c.name == name)).first()
        if found is not None and found.expires_at > now:
            if found.holder != holder:
                return False
            if found.expires_at > now + lease_seconds // 2:
                return True
        until = now + lease_seconds
        return self.database.run(lambda connection: _take(connection, name, holder, now, until))

    def give_up(self, name: str, holder: str) -> None:
        """See the port."""
        mine = (LEASE.c.name == name) & (LEASE.c.holder == holder)
        self.database.run(lambda connection: connection.execute(delete(LEASE).where(mine)))

    def holder(self, name: str, *, now: int) -> str:
        """See the port."""
        held = (LEASE.c.name == name) & (LEASE.c.expires_at > now)
        with self.database.reading() as connection:
            return connection.execute(select(LEASE.c.holder).where(held)).scalar() or ""


def _take(connection: Connection, name: str, holder: str, now: int, until: int) -> bool:
    if insert_new(connection, LEASE, name=name, holder=holder, expires_at=until):
        return True
    is_free = or_(LEASE.c.holder == holder, LEASE.c.expires_at <= now)
    taken = connection.execute(
        update(LEASE).where(LEASE.c.name == name, is_free).values(holder=holder, expires_at=until)
    )
    return taken.rowcount == 1


@dataclass(frozen=True, slots=True)
class SqlTroubles:
    """market.ports.shared_state.Troubles over a database."""

    database: Database

    def tell(self, troubles: Mapping[str, str], process: str, *, now: int) -> None:
        """See the port."""

        def step(connection: Connection) -> None:
            is_over = TROUBLE.c.duty.not_in(list(troubles)) & TROUBLE.c.ended_at.is_(None)
            connection.execute(update(TROUBLE).where(is_over).values(ended_at=now))
            for duty, code in sorted(troubles.items()):
                told = {"code": code, "process": process, "since": now, "ended_at": None}
                if not insert_new(connection, TROUBLE, duty=duty, **told):
                    is_another = (TROUBLE.c.code != code) | TROUBLE.c.ended_at.is_not(None)
                    connection.execute(
                        update(TROUBLE).where(TROUBLE.c.duty == duty, is_another).values(**told)
                    )

        self.database.run(step)

    def known(self) -> list[Trouble]:
        """See the port."""
        with self.database.reading() as connection:
            rows = connection.execute(select(TROUBLE).order_by(TROUBLE.c.duty))
            return [
                Trouble(row.duty, row.code, row.process, row.since, row.ended_at) for row in rows
            ]


@dataclass(frozen=True, slots=True)
class SqlRedeemedCodes:
    """market.ports.shared_state.RedeemedCodes over a database."""

    database: Database

    def redeem(self, nonce: str, *, expires_at: int, now: int) -> bool:
        """See the port."""

        def step(connection: Connection) -> bool:
            connection.execute(delete(REDEEMED_CODE).where(REDEEMED_CODE.c.expires_at < now))
            return insert_new(connection, REDEEMED_CODE, nonce=nonce, expires_at=expires_at)

        return self.database.run(step)


@dataclass(frozen=True, slots=True)
class SqlForms:
    """market.ports.shared_state.Forms over a database."""

    database: Database

    def read(self) -> NumberedForms:
        """See the port."""
        with self.database.reading() as connection:
            found = connection.execute(select(FORMS)).first()
        if found is None:
            return NumberedForms(0, AllForms())
        return NumberedForms(found.number, wire.decode(AllForms, found.document.encode()))

    def replace(self, forms: AllForms, *, after: int) -> bool:
        """See the port."""
        text = wire.encode(forms).decode()

        def step(connection: Connection) -> bool:
            if after == 0:
                return insert_new(connection, FORMS, row=_ROW, number=1, document=text)
            kept = (FORMS.c.row == _ROW) & (FORMS.c.number == after)
            same = connection.execute(select(FORMS.c.row).where(kept, FORMS.c.document == text))
            if same.first() is not None:
                return True
            changed = connection.execute(
                update(FORMS).where(kept).values(number=after + 1, document=text)
            )
            return changed.rowcount == 1

        return self.database.run(step)
