"""Rows of every released revision arrive at this one's, on both engines, and are read there.

Each revision's rows are today's, taken back to it by the migrations' own way back, a revision after
the other. They go forward as a backup of that release, restored by this one on both: in the restore
the same migrations run.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from alembic import command
from servers.postgres import Postgres
from sqlalchemy import text
from world.builders import NOW
from world.platform_database import QUICK, sqlite_url
from world.saved_platform import UNLOCK, made_home, restored, rows

from crypto import canonical
from market.database.engine import open_alone, open_database
from market.database.jobs.tables import JOB
from market.database.migrate import bring_up_to_date, configuration
from market.database.platform import open_platform_database
from market.database.revision import NEWEST
from market.errors import Refused
from market.processes.backup.save import save
from market.settings import Settings

REVISIONS: Final = [f"platform_{n:04}" for n in range(int(NEWEST["platform"][-4:]), 0, -1)]
NO_DOCUMENTS: Final = "platform_0008"
"""The last revision at which a job had columns for some of its documents, and none for the rest."""


NO_OUTLINES: Final = "platform_0026"
"""The last revision at which a job kept nothing of its plan beside its documents."""
OUTLINE: Final = ("prices_cents", "statistics", "subject")


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return made_home(tmp_path_factory.mktemp("newest") / "platform")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "restored")
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty()


@pytest.fixture(scope="module")
def expected(newest: Settings) -> dict[str, list[bytes]]:
    return rows(newest.platform_database_url)


@dataclass(slots=True)
class Descent:
    """A platform on its way back; begun anew at the newest where it is too far."""

    newest: Settings
    homes: Iterator[Path]
    settings: Settings | None = None
    revision: str = ""

    def taken_back(self, revision: str) -> Settings:
        """The platform as that revision had it, until the next is asked for."""
        if self.settings is None or revision > self.revision:
            self.settings = Settings(home=next(self.homes))
            shutil.copytree(self.newest.home, self.settings.home)
        self.revision = revision
        engine = open_alone(self.settings.platform_database_url)
        with engine.begin() as connection:
            command.downgrade(configuration(connection, "platform"), revision)
        engine.dispose()
        return self.settings


@pytest.fixture(scope="module")
def descent(newest: Settings, tmp_path_factory: pytest.TempPathFactory) -> Descent:
    return Descent(newest, (tmp_path_factory.mktemp("then") / "platform" for _ in count()))


@dataclass(frozen=True, slots=True)
class Then:
    """A backup made at a revision, and the tables that had rows."""

    revision: str
    backup: Path
    had: frozenset[str]


@pytest.fixture(scope="module", params=REVISIONS)
def then(
    descent: Descent, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Then:
    settings = descent.taken_back(request.param)
    backup = tmp_path_factory.mktemp("saved") / "backup"
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setitem(NEWEST, "platform", request.param)
        save(settings, backup, UNLOCK, now=NOW, entropy=secrets.token_bytes)
    had = {table for table, found in rows(settings.platform_database_url).items() if found}
    return Then(request.param, backup, frozenset(had))


def test_rows_of_every_release_arrive(
    then: Then, expected: dict[str, list[bytes]], url: str, tmp_path: Path
) -> None:
    assert "person" in then.had
    done = restored(then.backup, tmp_path / "restored", database_url=url)
    assert (done.before, done.after) == (then.revision, NEWEST["platform"])

    arrived = rows(url)
    if then.revision <= NO_OUTLINES:
        outlines = [without_outline(line) for line in expected["job"]]
        expected = expected | {"job": outlines}
    for table in then.had & set(expected) - {"job_document"}:
        assert arrived[table] == expected[table], table
    if "job" in then.had:
        lost = set(expected["job_document"]) - set(arrived["job_document"])
        assert not lost or then.revision <= NO_DOCUMENTS
    platform = open_platform_database(url, passwords=QUICK)
    assert len(platform.people.users()) == len(expected["person"])
    for user in platform.people.users():
        for dataset in platform.catalogue.of_owner(user.user):
            assert len(platform.jobs.of_datasets([dataset.dataset], ["requested"])) == 1
    platform.database.close()


def without_outline(line: bytes) -> bytes:
    """A job's row as it comes from a release that kept no outline."""
    names = sorted(column.name for column in JOB.columns)
    values = dict(zip(names, canonical.loads(line.rstrip()), strict=True))
    return canonical.dumps([*(values | dict.fromkeys(OUTLINE, "")).values()]) + b"\n"


def test_unfinished_restore_is_refused_by_name(newest: Settings, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(newest.home, home)
    url = Settings(home=home).platform_database_url
    database = open_database(url)
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'restoring x'"))
    database.close()
    for open_it in (open_platform_database, lambda one: bring_up_to_date(one, "platform")):
        with pytest.raises(Refused, match="restore-unfinished"):
            open_it(url)
