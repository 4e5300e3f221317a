"""The portal's database is made and migrated by one command; whoever opens it only looks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from servers.postgres import Postgres
from sqlalchemy import text
from world.platform_database import QUICK, made_database, sqlite_url

from market.database.engine import open_database
from market.database.migrate import Migrated, bring_up_to_date, configuration, migrate
from market.database.platform import open_platform_database
from market.database.revision import NEWEST, Branch, revision_at
from market.errors import MarketError, NotFound, Refused, Unavailable
from market.vault.store.opening import create_store, migrate_store

EARLIER = "platform_0002"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty()


def refused_opening(url: str) -> MarketError:
    with pytest.raises(MarketError) as refused:
        open_platform_database(url, passwords=QUICK)
    return refused.value


@contextmanager
def opened_elsewhere(url: str) -> Iterator[None]:
    """Another process has looked at the database, and keeps its connection."""
    program = (
        "import sys\nfrom market.database.revision import schema_revision\n"
        "from market.database.engine import open_database\n"
        "database = open_database(sys.argv[1])\n"
        "with database.reading() as connection:\n    schema_revision(connection)\n"
        "print(flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        yield
        process.communicate()


@pytest.mark.parametrize("branch", ["platform", "agent"])
def test_newest_revision_known_without_alembic_is_the_last_migration(
    tmp_path: Path, branch: Branch
) -> None:
    url = sqlite_url(tmp_path)
    migrate(url, branch)
    database = open_database(url)
    with database.reading() as connection:
        script = ScriptDirectory.from_config(configuration(connection, branch))
        numbers = [revision.revision for revision in script.walk_revisions()]
    database.close()
    assert numbers == sorted(numbers, reverse=True)
    assert NEWEST[branch] == script.get_current_head() == revision_at(url)


def test_opening_makes_no_database(tmp_path: Path) -> None:
    assert refused_opening(sqlite_url(tmp_path)).code == "database-missing"
    assert list(tmp_path.iterdir()) == []


def test_opening_migrates_no_database(url: str) -> None:
    migrate(url, "platform", EARLIER)
    refused = refused_opening(url)
    assert refused.code == "database-version"
    assert EARLIER in refused.message
    assert NEWEST["platform"] in refused.message
    assert "market admin migrate" in refused.next_action
    assert revision_at(url) == EARLIER


def test_database_is_made_and_brought_up_to_date_once(url: str) -> None:
    newest = NEWEST["platform"]
    migrate(url, "platform", EARLIER)
    assert bring_up_to_date(url, "platform") == Migrated(EARLIER, newest)
    assert bring_up_to_date(url, "platform") == Migrated(newest, newest)
    open_platform_database(url, passwords=QUICK).database.close()


@pytest.mark.processes
def test_database_that_is_up_to_date_may_be_in_use(url: str) -> None:
    bring_up_to_date(url, "platform")
    with opened_elsewhere(url):
        bring_up_to_date(url, "platform")


@pytest.mark.processes
def test_database_that_a_process_has_open_is_not_migrated(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("market.database.engine.ALONE_SECONDS", 0)
    migrate(url, "platform", EARLIER)
    with opened_elsewhere(url):
        with pytest.raises(Refused, match="database-in-use"):
            bring_up_to_date(url, "platform")
        assert revision_at(url) == EARLIER
    assert bring_up_to_date(url, "platform").before == EARLIER


@pytest.mark.processes
def test_two_that_migrate_at_once_take_turns(url: str) -> None:
    migrate(url, "platform", EARLIER)
    program = (
        "import sys\nfrom market.database import engine\n"
        "from market.database.migrate import bring_up_to_date\n"
        # However busy the machine is.
        "engine.ALONE_SECONDS = 120\n"
        "print(flush=True)\nsys.stdin.readline()\n"
        "print(bring_up_to_date(sys.argv[1], 'platform').before)"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for one in both:
        assert one.stdout is not None
        one.stdout.readline()
    for one in both:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    told = sorted(one.communicate()[0].strip() for one in both)
    assert told == [EARLIER, NEWEST["platform"]]
    assert [one.returncode for one in both] == [0, 0]


@pytest.mark.parametrize("seen", ["platform_9999", "agent_0002"])
def test_database_of_a_newer_release_or_another_part_is_left_as_it_is(url: str, seen: str) -> None:
    made = made_database(url)
    with made.database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :seen"), {"seen": seen})
    made.database.close()
    assert "wrote it" in refused_opening(url).next_action
    with pytest.raises(Refused, match=f"database-version: .*{seen}"):
        bring_up_to_date(url, "platform")
    assert revision_at(url) == seen


def test_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nowhere' / 'portal.db'}"
    with pytest.raises(Unavailable, match=r"database-missing: .*nowhere"):
        bring_up_to_date(url, "platform")


def test_agents_store_is_migrated_by_its_own_command_alone(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    with pytest.raises(NotFound):
        migrate_store(path)
    assert not path.exists()
    migrate(f"sqlite:///{path}", "agent", "agent_0001")
    assert migrate_store(path) == Migrated("agent_0001", NEWEST["agent"])
    create_store(path).close()


@pytest.mark.processes
@pytest.mark.parametrize("module", ["market.cli.operator.step", "market.wiring"])
def test_what_opens_does_not_import_what_migrates(module: str) -> None:
    program = f"import sys, {module}; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.processes
def test_file_is_never_opened_but_by_sqlite(tmp_path: Path) -> None:
    """Locks of the whole process hang on it: see the engine."""
    program = (
        "import sys\nopened = []\n"
        "sys.addaudithook(lambda name, words: opened.append(str(words[0])) "
        "if name == 'open' else None)\n"
        "from world.platform_database import *\nfrom pathlib import Path\n"
        "url = sqlite_url(Path(sys.argv[1]))\n"
        "bring_up_to_date(url, 'platform')\n"
        "made = [name for name in opened if 'portal.db' in name]\nopened.clear()\n"
        "bring_up_to_date(url, 'platform')\n"
        "open_platform_database(url).people.users()\n"
        "again = [name for name in opened if 'portal.db' in name]\n"
        "sys.exit(f'{made} {again}' if len(made) != 1 or again else 0)"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_rights_of_others_are_taken_from_a_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "portal.db"
    path.touch()
    path.chmod(0o644)
    bring_up_to_date(f"sqlite:///{path}", "platform")
    assert path.stat().st_mode & 0o777 == 0o600
