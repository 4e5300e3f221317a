"""Each contract runs on memory, SQLite and Postgres, with the same people and dataset in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.postgres import Postgres, empty_tables
from world.builders import NOW, a_listing, a_manifest, sign
from world.people import BOB, CAROL, DORA, HUGO, OLGA, OSCAR, settle
from world.ports import Ports, ports_in, ports_in_memory

from market.database.engine import Database, open_database
from market.database.migrate import migrate
from market.ports.appointments import Appointments
from market.ports.catalogue import Catalogue
from market.ports.consortia import Consortia
from market.ports.jobs import Jobs
from market.ports.ledger import Ledger
from market.ports.openings import Openings
from market.ports.people import People
from market.ports.receipts import Receipts
from market.ports.retention import Retention
from market.ports.uploads import Uploads


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "portal.db"
    migrate(f"sqlite:///{path}", "platform")
    return path


@pytest.fixture(scope="session")
def postgres_database(postgres: Postgres) -> Iterator[Database]:
    database = open_database(postgres.migrated("platform"))
    yield database
    database.close()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def ports(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ports]:
    if request.param == "memory":
        yield ports_in_memory()
    elif request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "portal.db")
        database = open_database(f"sqlite:///{tmp_path / 'portal.db'}")
        yield ports_in(database)
        database.close()
    else:
        database = request.getfixturevalue("postgres_database")
        empty_tables(database, "platform")
        yield ports_in(database)


@pytest.fixture
def people(ports: Ports) -> People:
    return ports.people


@pytest.fixture
def receipts(ports: Ports) -> Receipts:
    return ports.receipts


@pytest.fixture
def openings(ports: Ports) -> Openings:
    return ports.openings


@pytest.fixture
def ledger(ports: Ports) -> Ledger:
    return ports.ledger


@pytest.fixture
def catalogue(ports: Ports) -> Catalogue:
    """With the owners `olga` and `oscar`, and the buyer `bob`."""
    settle(ports.people, OLGA, OSCAR, BOB)
    return ports.catalogue


@pytest.fixture
def retention(ports: Ports, catalogue: Catalogue) -> Retention:
    """Of what `catalogue` has."""
    del catalogue
    return ports.retention


@pytest.fixture
def uploads(ports: Ports, catalogue: Catalogue) -> Uploads:
    """Of the owners whom `catalogue` has."""
    del catalogue
    return ports.uploads


@pytest.fixture
def appointments(ports: Ports, catalogue: Catalogue) -> Appointments:
    """Of the owners whom `catalogue` has."""
    del catalogue
    return ports.appointments


@pytest.fixture
def consortia(ports: Ports, catalogue: Catalogue) -> Consortia:
    """With the people of `catalogue`, and those whom the builders' consortia seat."""
    del catalogue
    settle(ports.people, CAROL, DORA, HUGO)
    return ports.consortia


@pytest.fixture
def jobs(ports: Ports, catalogue: Catalogue) -> Jobs:
    """With version 1 of the builders' dataset listed."""
    manifest = a_manifest()
    catalogue.publish(
        sign(a_listing(manifest)),
        sign(manifest),
        owner="olga",
        organisation="clinics",
        caps={},
        now=NOW,
    )
    return ports.jobs
