"""The catalogue in SQL: signed documents as their exact text, verified again when they are read.

Two owners never share a name or a lineage: whoever publishes under it first has it. Nor does a
consortium share a dataset's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from market.database.catalogue.documents import dataset_of, standing_of
from market.database.catalogue.editions import (
    NEWEST_EDITION,
    add_edition,
    edition_of,
    editions_of,
)
from market.database.catalogue.errors import (
    check_standing,
    dataset_of_another,
    dataset_withdrawn,
    no_dataset,
    version_out_of_turn,
)
from market.database.catalogue.names import claim_name
from market.database.catalogue.offer_rows import write_offer
from market.database.catalogue.offers import NEWEST_STANDING, OffersOfDatasets
from market.database.catalogue.shared_chunks import count_published
from market.database.catalogue.tables import (
    DATASET,
    DATASET_STANDING,
    DATASET_VERSION,
    LINEAGE,
)
from market.database.catalogue.uploads import settle
from market.database.engine import insert_new
from market.database.ledger import balances
from market.database.ledger import sql_ledger as ledger
from market.entities.account import Balance
from market.entities.dataset import Dataset, Edition
from market.entities.overview import Stored
from market.policy.listing.retention import version_dropped
from market.records.listing import Listing
from market.records.manifest import Manifest
from market.records.signed import Signed
from market.records.standing import Standing


@dataclass(frozen=True, slots=True)
class SqlCatalogue(OffersOfDatasets):
    """market.ports.catalogue.Catalogue over a database."""

    def claimant(self, dataset: str) -> str | None:
        """See the port."""
        held = select(DATASET.c.owner).where(DATASET.c.dataset == dataset)
        with self.database.reading() as connection:
            claimant: str | None = connection.execute(held).scalar_one_or_none()
        return claimant

    def claim_lineage(self, lineage: str, owner: str) -> str:
        """See the port."""

        def step(connection: Connection) -> str:
            insert_new(connection, LINEAGE, lineage=lineage, owner=owner)
            held = select(LINEAGE.c.owner).where(LINEAGE.c.lineage == lineage)
            claimant: str = connection.execute(held).scalar_one()
            return claimant

        return self.database.run(step)

    def publish(
        self,
        listing: Signed[Listing],
        manifest: Signed[Manifest],
        *,
        owner: str,
        organisation: str,
        caps: Mapping[str, int],
        now: int,
    ) -> None:
        """See the port; raises Conflict, or Refused (`cap-below-spending`)."""
        row = {
            "dataset": listing.record.dataset,
            "version": listing.record.version,
            "organisation": organisation,
            "listing": listing.encode().decode(),
            "manifest": manifest.encode().decode(),
            "stored_bytes": manifest.record.stored_bytes,
            "counted_bytes": manifest.record.stored_bytes,
            "published_at": now,
        }

        def step(connection: Connection) -> None:
            if _publish(connection, row, owner):
                write_offer(connection, listing.record, manifest.record)
                count_published(connection, manifest.record)
                settle(connection, owner, listing.record.dataset, listing.record.version)
                for account, cap_units in sorted(caps.items()):
                    ledger.open_account(connection, account, cap_units)

        self.database.run(step)

    def dataset(self, dataset: str) -> Dataset:
        """See the port; raises NotFound (`no-dataset`)."""
        newest = DATASET_VERSION.c.version == DATASET.c.newest_version
        found = self._datasets(and_(DATASET.c.dataset == dataset, newest))
        if not found:
            raise no_dataset(dataset)
        return found[0]

    def version(self, dataset: str, version: int, edition: int | None = None) -> Dataset:
        """See the port; raises NotFound (`no-dataset`, `no-edition`)."""
        wanted = and_(DATASET.c.dataset == dataset, DATASET_VERSION.c.version == version)
        found = self._datasets(wanted)
        if not found:
            raise no_dataset(dataset, version)
        if edition in (None, found[0].listing.record.edition):
            return found[0]
        with self.database.reading() as connection:
            return replace(found[0], listing=edition_of(connection, dataset, version, edition))

    def relist(self, listing: Signed[Listing], *, caps: Mapping[str, int], now: int) -> None:
        """See the port; raises NotFound, Conflict, Refused (`cap-below-spending`)."""
        self.database.run(lambda connection: add_edition(connection, listing, caps, now=now))

    def editions(self, dataset: str) -> list[Edition]:
        """See the port."""
        with self.database.reading() as connection:
            return editions_of(connection, dataset)

    def listed(self) -> list[Dataset]:
        """See the port."""
        newest = DATASET_VERSION.c.version == DATASET.c.newest_version
        return self._datasets(and_(newest, DATASET.c.standing == "listed"))

    def of_owner(self, owner: str) -> list[Dataset]:
        """See the port; by id."""
        newest = DATASET_VERSION.c.version == DATASET.c.newest_version
        return self._datasets(and_(newest, DATASET.c.owner == owner))

    def ids_of_owner(self, owner: str) -> list[str]:
        """See the port."""
        held = select(DATASET.c.dataset).where(
            DATASET.c.owner == owner, DATASET.c.newest_version > 0
        )
        with self.database.reading() as connection:
            return list(connection.execute(held.order_by(DATASET.c.dataset)).scalars())

    def stored(self) -> list[Stored]:
        """See the port."""
        versions = func.count().label("versions")
        size = func.sum(DATASET_VERSION.c.counted_bytes).label("size")
        by_owner = (
            select(DATASET.c.owner, versions, size)
            .join(DATASET_VERSION, DATASET_VERSION.c.dataset == DATASET.c.dataset)
            .where(DATASET_VERSION.c.dropped_at.is_(None))
            .group_by(DATASET.c.owner)
            .order_by(DATASET.c.owner)
        )
        with self.database.reading() as connection:
            rows = connection.execute(by_owner)
            return [Stored(row.owner, row.versions, int(row.size)) for row in rows]

    def budgets(self) -> list[Balance]:
        """See the port."""
        with self.database.reading() as connection:
            return balances.budgets(connection)

    def set_standing(self, standing: Signed[Standing], *, now: int) -> None:
        """See the port; raises NotFound, Conflict, Refused (`version-dropped`)."""
        self.database.run(lambda connection: _set_standing(connection, standing, now))

    def _datasets(self, condition: ColumnElement[bool]) -> list[Dataset]:
        found = (
            select(DATASET.c.owner, DATASET_VERSION, NEWEST_STANDING, *NEWEST_EDITION)
            .join(DATASET_VERSION, DATASET_VERSION.c.dataset == DATASET.c.dataset)
            .where(condition)
            .order_by(DATASET.c.dataset)
        )
        with self.database.reading() as connection:
            rows = connection.execute(found).all()
        return [dataset_of(row) for row in rows]


def _claim(connection: Connection, dataset: str, owner: str) -> str:
    if not claim_name(connection, dataset, "dataset"):
        raise dataset_of_another(dataset)
    insert_new(
        connection, DATASET, dataset=dataset, owner=owner, newest_version=0, standing="listed"
    )
    held = select(DATASET.c.owner).where(DATASET.c.dataset == dataset)
    claimant: str = connection.execute(held).scalar_one()
    return claimant


def _set_standing(connection: Connection, standing: Signed[Standing], now: int) -> None:
    record = standing.record
    mine = DATASET.c.dataset == record.dataset
    # The change locks the row, so that of two words one waits for the other.
    locked = update(DATASET).where(mine, DATASET.c.newest_version > 0).values(changed_at=now)
    if connection.execute(locked).rowcount != 1:
        raise no_dataset(record.dataset)
    document = connection.execute(select(NEWEST_STANDING).where(mine)).scalar_one()
    if check_standing(standing, None if document is None else standing_of(document)):
        _require_stored(connection, record)
        connection.execute(
            insert(DATASET_STANDING).values(
                dataset=record.dataset,
                number=record.number,
                document=standing.encode().decode(),
                received_at=now,
            )
        )
        connection.execute(update(DATASET).where(mine).values(standing=record.state))


def _require_stored(connection: Connection, standing: Standing) -> None:
    # A pause or withdrawal is taken whatever it names besides: it has nothing answered.
    if standing.state != "listed":
        return
    dropped = (
        select(DATASET_VERSION.c.version)
        .where(
            DATASET_VERSION.c.dataset == standing.dataset,
            DATASET_VERSION.c.version.in_(standing.served_versions),
            DATASET_VERSION.c.dropping_at.is_not(None),
        )
        .order_by(DATASET_VERSION.c.version)
    )
    if (version := connection.execute(dropped).scalars().first()) is not None:
        raise version_dropped(standing.dataset, version).error()


def _publish(connection: Connection, row: dict[str, object], owner: str) -> bool:
    """List a version; False if these very documents are listed already."""
    dataset, version = str(row["dataset"]), row["version"]
    if _claim(connection, dataset, owner) != owner:
        raise dataset_of_another(dataset)
    # The condition also locks the row, so that of two publications one waits for the other.
    turn = connection.execute(
        update(DATASET)
        .where(DATASET.c.dataset == dataset, DATASET.c.newest_version + 1 == version)
        .where(DATASET.c.standing != "withdrawn")
        .values(newest_version=version, changed_at=row["published_at"])
    )
    if turn.rowcount == 1:
        connection.execute(insert(DATASET_VERSION).values(**row))
        return True
    stored = connection.execute(
        select(DATASET_VERSION).where(
            DATASET_VERSION.c.dataset == dataset, DATASET_VERSION.c.version == version
        )
    ).one_or_none()
    if stored and (stored.listing, stored.manifest) == (row["listing"], row["manifest"]):
        return False
    now = connection.execute(select(DATASET).where(DATASET.c.dataset == dataset)).one()
    if now.standing == "withdrawn":
        raise dataset_withdrawn(dataset)
    raise version_out_of_turn(dataset, int(str(version)), now.newest_version)
