"""Databases of before are searched as they were: the migration reads what was signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from servers.postgres import Postgres
from world.builders import DAY, NOW, a_grant, a_listing, a_manifest, a_policy, sign
from world.people import BOB, OLGA, fingerprint, settle
from world.ports import ports_in

from market.database.engine import Database, open_alone, open_database
from market.database.migrate import configuration, migrate
from market.entities.offer import OfferFilter
from market.ports.catalogue import Catalogue

BEFORE = "platform_0032"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'portal.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty()


def fill(database: Database) -> None:
    """Two versions of a dataset, the newest relisted at another price; one more, with a grant."""
    ports = ports_in(database)
    settle(ports.people, OLGA, BOB)
    for dataset, version in (("visits", 1), ("visits", 2), ("stays", 1)):
        manifest = a_manifest(dataset=dataset, version=version)
        ports.catalogue.publish(
            sign(a_listing(manifest, policy=a_policy(price_cents=900))),
            sign(manifest),
            owner="olga",
            organisation="clinics",
            caps={},
            now=NOW,
        )
    newest = a_manifest(dataset="visits", version=2)
    cheaper = a_listing(newest, edition=2, policy=a_policy(price_cents=7))
    ports.catalogue.relist(sign(cheaper), caps={}, now=NOW)
    ports.catalogue.add_grant(
        sign(a_grant(dataset="stays", issued_at=NOW - 3, expires_at=NOW + DAY)), now=NOW
    )


def told(catalogue: Catalogue) -> list[object]:
    buyer = fingerprint("bob")
    return [
        catalogue.search("clinics"),
        catalogue.search("", wanted=OfferFilter(price_cents=7)),
        catalogue.search("", wanted=OfferFilter(granted_to=buyer, at=NOW)),
        catalogue.search("", wanted=OfferFilter(granted_to=buyer, at=NOW + 2 * DAY)),
        catalogue.licences(),
        catalogue.people(),
        catalogue.titles(),
    ]


def test_what_is_found_stays_found(url: str) -> None:
    migrate(url, "platform")
    database = open_database(url)
    fill(database)
    before = told(ports_in(database).catalogue)
    assert [len(found) for found in before[:4]] == [2, 1, 1, 0]  # type: ignore[arg-type]
    database.close()
    engine = open_alone(url)
    with engine.begin() as connection:
        command.downgrade(configuration(connection, "platform"), BEFORE)
    engine.dispose()
    migrate(url, "platform")
    database = open_database(url)
    assert told(ports_in(database).catalogue) == before
    database.close()
