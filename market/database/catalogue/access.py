"""Who may ask a dataset, in SQL: grants as the exact text that was signed, and who asks for one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, and_, select, update

from market.database.catalogue.documents import (
    access_request_of,
    grant_of,
    revocation_of,
)
from market.database.catalogue.errors import (
    access_request_closed,
    asked_already,
    grant_differs,
    no_access_request,
    no_grant,
)
from market.database.catalogue.tables import ACCESS_GRANT, ACCESS_REQUEST, DATASET
from market.database.engine import Database, insert_new
from market.entities.dataset import AccessRequest
from market.policy.listing.entitlement import grant_in_force
from market.records.grant import Grant, Revocation
from market.records.signed import Signed


@dataclass(frozen=True, slots=True)
class AccessToDatasets:
    """The half of market.ports.catalogue.Catalogue that deals in access."""

    database: Database

    def add_grant(self, grant: Signed[Grant], *, now: int) -> None:
        """See the port; raises Conflict (`grant-differs`)."""
        document = grant.encode().decode()

        def step(connection: Connection) -> None:
            if insert_new(
                connection,
                ACCESS_GRANT,
                grant_id=grant.record.grant,
                dataset=grant.record.dataset,
                buyer=grant.record.buyer,
                document=document,
                issued_at=grant.record.issued_at,
                expires_at=grant.record.expires_at,
                added_at=now,
            ):
                return
            mine = ACCESS_GRANT.c.grant_id == grant.record.grant
            stored = connection.execute(select(ACCESS_GRANT.c.document).where(mine)).scalar_one()
            if stored != document:
                raise grant_differs(grant.record.grant)

        self.database.run(step)

    def revoke(self, revocation: Signed[Revocation], *, now: int) -> None:
        """See the port; raises NotFound (`no-such-grant`)."""
        record = revocation.record
        mine = and_(
            ACCESS_GRANT.c.grant_id == record.grant, ACCESS_GRANT.c.dataset == record.dataset
        )

        def step(connection: Connection) -> None:
            if connection.execute(select(ACCESS_GRANT.c.grant_id).where(mine)).first() is None:
                raise no_grant(record.grant, record.dataset)
            connection.execute(
                update(ACCESS_GRANT)
                .where(mine, ACCESS_GRANT.c.revocation.is_(None))
                .values(revocation=revocation.encode().decode(), revoked_at=now)
            )

        self.database.run(step)

    def grants(self, dataset: str) -> list[tuple[Signed[Grant], Signed[Revocation] | None]]:
        """See the port."""
        of_dataset = select(ACCESS_GRANT).where(ACCESS_GRANT.c.dataset == dataset)
        with self.database.reading() as connection:
            rows = connection.execute(
                of_dataset.order_by(ACCESS_GRANT.c.added_at, ACCESS_GRANT.c.grant_id)
            )
            return [
                (
                    grant_of(row.document),
                    None if row.revocation is None else revocation_of(row.revocation),
                )
                for row in rows
            ]

    def live_grant(self, dataset: str, buyer_fingerprint: str, *, now: int) -> Signed[Grant] | None:
        """See the port."""
        return self.live_grants([dataset], buyer_fingerprint, now=now).get(dataset)

    def live_grants(
        self, datasets: Collection[str], buyer_fingerprint: str, *, now: int
    ) -> dict[str, Signed[Grant]]:
        """See the port."""
        of_buyer = select(ACCESS_GRANT).where(
            ACCESS_GRANT.c.dataset.in_(datasets), ACCESS_GRANT.c.buyer == buyer_fingerprint
        )
        with self.database.reading() as connection:
            rows = connection.execute(of_buyer).all()
        given = {signed.record: signed for signed in (grant_of(row.document) for row in rows)}
        revoked = {row.grant_id for row in rows if row.revocation is not None}
        in_force = {}
        for dataset in {row.dataset for row in rows}:
            of_dataset = [grant for grant in given if grant.dataset == dataset]
            found = grant_in_force(of_dataset, revoked, buyer_fingerprint, now=now)
            if found is not None:
                in_force[dataset] = given[found]
        return in_force

    def ask_access(self, request: AccessRequest) -> None:
        """See the port; raises Conflict while an earlier request of the same buyer waits."""

        def step(connection: Connection) -> None:
            if not insert_new(
                connection,
                ACCESS_REQUEST,
                request=request.request,
                dataset=request.dataset,
                user_id=request.user,
                organisation=request.organisation,
                buyer_fingerprint=request.buyer_fingerprint,
                purpose=request.purpose,
                state=request.state,
                created_at=request.created_at,
            ):
                raise asked_already(request)

        self.database.run(step)

    def access_requests(self, dataset: str) -> list[AccessRequest]:
        """See the port; oldest first."""
        of_dataset = select(ACCESS_REQUEST).where(ACCESS_REQUEST.c.dataset == dataset)
        with self.database.reading() as connection:
            rows = connection.execute(
                of_dataset.order_by(ACCESS_REQUEST.c.created_at, ACCESS_REQUEST.c.request)
            )
            return [access_request_of(row) for row in rows]

    def access_waiting(self, owner: str, *, limit: int) -> list[AccessRequest]:
        """See the port."""
        of_owner = (
            select(ACCESS_REQUEST)
            .join(DATASET, DATASET.c.dataset == ACCESS_REQUEST.c.dataset)
            .where(DATASET.c.owner == owner, ACCESS_REQUEST.c.state == "waiting")
            .order_by(ACCESS_REQUEST.c.created_at, ACCESS_REQUEST.c.request)
            .limit(limit)
        )
        with self.database.reading() as connection:
            return [access_request_of(row) for row in connection.execute(of_owner)]

    def close_access_request(
        self, request: str, state: Literal["granted", "declined"], answer: str = ""
    ) -> None:
        """See the port; raises NotFound, or Conflict where it was closed otherwise."""
        mine = ACCESS_REQUEST.c.request == request

        def step(connection: Connection) -> None:
            waiting = update(ACCESS_REQUEST).where(mine, ACCESS_REQUEST.c.state == "waiting")
            closed = waiting.values(state=state, answer=answer or None)
            if connection.execute(closed).rowcount == 1:
                return
            found = connection.execute(select(ACCESS_REQUEST.c.state).where(mine))
            stored = found.scalar_one_or_none()
            if stored is None:
                raise no_access_request(request)
            if stored != state:
                raise access_request_closed(request, stored)

        self.database.run(step)
