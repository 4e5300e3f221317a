"""Each contract runs on memory, SQLite and Postgres, with the same people and dataset in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers.postgres import Postgres, empty_tables
from world.builders import NOW, a_key, a_listing, a_manifest, sign
from world.memory.appointments import MemoryAppointments
from world.memory.catalogue import MemoryCatalogue
from world.memory.jobs import MemoryJobs
from world.memory.ledger import MemoryLedger
from world.memory.people import MemoryPeople
from world.memory.receipts import MemoryReceipts
from world.platform_database import QUICK

from market.database.appointments.sql_appointments import SqlAppointments
from market.database.catalogue.sql_catalogue import SqlCatalogue
from market.database.engine import Database, open_database
from market.database.jobs.sql_jobs import SqlJobs
from market.database.ledger.sql_ledger import SqlLedger
from market.database.migrate import migrate
from market.database.people.sql_people import SqlPeople
from market.database.receipts.sql_receipts import SqlReceipts
from market.entities.people import Organisation, User
from market.ports.appointments import Appointments
from market.ports.catalogue import Catalogue
from market.ports.jobs import Jobs
from market.ports.ledger import Ledger
from market.ports.people import People
from market.ports.receipts import Receipts

PASSWORD = "four unrelated words"


@dataclass(frozen=True)
class Ports:
    people: People
    appointments: Appointments
    catalogue: Catalogue
    jobs: Jobs
    ledger: Ledger
    receipts: Receipts


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
        ledger = MemoryLedger()
        yield Ports(
            MemoryPeople(),
            MemoryAppointments(),
            MemoryCatalogue(ledger),
            MemoryJobs(),
            ledger,
            MemoryReceipts(),
        )
    elif request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "portal.db")
        database = open_database(f"sqlite:///{tmp_path / 'portal.db'}")
        yield in_database(database)
        database.close()
    else:
        database = request.getfixturevalue("postgres_database")
        empty_tables(database, "platform")
        yield in_database(database)


def in_database(database: Database) -> Ports:
    return Ports(
        SqlPeople(database, QUICK),
        SqlAppointments(database),
        SqlCatalogue(database),
        SqlJobs(database),
        SqlLedger(database),
        SqlReceipts(database),
    )


@pytest.fixture
def people(ports: Ports) -> People:
    return ports.people


@pytest.fixture
def receipts(ports: Ports) -> Receipts:
    return ports.receipts


@pytest.fixture
def ledger(ports: Ports) -> Ledger:
    return ports.ledger


@pytest.fixture
def catalogue(ports: Ports) -> Catalogue:
    """With the owners `olga` and `oscar`, and the buyer `ada`."""
    for name in ("clinic", "north-lab"):
        ports.people.add_organisation(Organisation(name, name.title()))
    for user, organisation in (("olga", "clinic"), ("oscar", "clinic"), ("ada", "north-lab")):
        ports.people.add_user(
            User(user, organisation, user.title(), ("owner",), a_key(user).public.hex, True),
            PASSWORD,
        )
    return ports.catalogue


@pytest.fixture
def appointments(ports: Ports, catalogue: Catalogue) -> Appointments:
    """Of the owners whom `catalogue` has."""
    del catalogue
    return ports.appointments


@pytest.fixture
def jobs(ports: Ports, catalogue: Catalogue) -> Jobs:
    """With version 1 of the builders' dataset listed."""
    manifest = a_manifest()
    catalogue.publish(
        sign(a_listing(manifest)),
        sign(manifest),
        owner="olga",
        organisation="clinic",
        caps={},
        now=NOW,
    )
    return ports.jobs
