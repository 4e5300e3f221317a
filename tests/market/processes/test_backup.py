"""A backup of either engine makes the same platform on either, whole or not at all."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from servers.postgres import Postgres
from sqlalchemy import text
from world.builders import NOW
from world.market import Market
from world.people import PASSWORD, a_key
from world.platform_database import QUICK, sqlite_url
from world.saved_platform import UNLOCK, made_home, restored, rows, saved

from crypto import canonical
from crypto.secret import Secret
from market.database.engine import open_database
from market.database.metadata import PLATFORM
from market.database.platform import PlatformDatabase, open_platform_database
from market.database.revision import NEWEST
from market.errors import Conflict, MarketError, NotFound, Refused
from market.processes.backup.archive import Head, open_archive, write_archive
from market.processes.backup.objects import missing_objects
from market.processes.backup.restore import restore
from market.processes.backup.rows import SIGNED
from market.processes.backup.verify import verify
from market.settings import Settings
from market.wiring import platform_over


@pytest.fixture(scope="module")
def saved_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return made_home(tmp_path_factory.mktemp("saved") / "platform")


@pytest.fixture(scope="module")
def archive(saved_settings: Settings) -> Path:
    return saved(saved_settings, saved_settings.home.parent / "platform.backup")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "restored")
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty()


def opened(url: str) -> PlatformDatabase:
    return open_platform_database(url, passwords=QUICK)


def code_of(archive: Path, home: Path, unlock: Secret = UNLOCK) -> str:
    with pytest.raises(MarketError) as refused:
        restore(archive, home, {}, unlock)
    return refused.value.code


def test_platform_is_the_same_on_the_other_machine(
    saved_settings: Settings, archive: Path, url: str, tmp_path: Path
) -> None:
    home = tmp_path / "restored"
    done = restored(archive, home, database_url=url, portal_port="18420")
    assert (done.identity, done.made_at) == (a_key("platform").public.hex, NOW)
    assert (done.settings.currency, done.settings.portal_port) == ("CHF", 18420)
    before = rows(saved_settings.platform_database_url)
    assert rows(url) == before
    assert done.rows == sum(map(len, before.values())) > 40
    assert done.documents >= 8
    for path in ("market.toml", *(f"secrets/{one.name}" for one in secret_files(saved_settings))):
        assert (home / path).read_bytes() == (saved_settings.home / path).read_bytes()
    assert {one.stat().st_mode & 0o777 for one in secret_files(done.settings)} == {0o600}

    database = opened(url)
    platform = platform_over(database, done.settings)
    assert platform.identity.public == a_key("platform").public
    assert platform.people.check_password("bob", PASSWORD, now=NOW) is not None
    # Numbers of new rows go on after those that came, and the job that waits goes on.
    market = Market(database, objects=platform.objects, with_people=False)
    (waiting,) = market.jobs.of_datasets([market.dataset], ["requested"])
    assert market.approve(waiting).state == "approved"
    assert len(list(missing_objects(platform))) > 0
    database.database.close()


def test_backup_goes_from_a_server_to_a_file(
    archive: Path, postgres: Postgres, tmp_path: Path
) -> None:
    served = restored(archive, tmp_path / "cluster", database_url=postgres.empty()).settings
    again = saved(served, tmp_path / "again.backup")
    laptop = restored(again, tmp_path / "laptop").settings
    assert rows(laptop.platform_database_url) == rows(served.platform_database_url)


def secret_files(settings: Settings) -> list[Path]:
    return sorted((settings.home / "secrets").iterdir())


def test_backup_shows_nothing_and_replaces_nothing(saved_settings: Settings, archive: Path) -> None:
    content = archive.read_bytes()
    assert archive.stat().st_mode & 0o777 == 0o600
    for path in secret_files(saved_settings):
        assert path.read_bytes().strip() not in content
    assert b"clinics" not in content
    with pytest.raises(Conflict, match="backup-exists"):
        saved(saved_settings, archive)
    assert archive.read_bytes() == content


def cut(data: bytes) -> bytes:
    return data[:-1]


def cut_after_a_block(data: bytes) -> bytes:
    return data[: len(data) - (len(data) % 65_552) or -1]


def cut_in_the_key(data: bytes) -> bytes:
    return data[:20]


def empty(_data: bytes) -> bytes:
    return b""


def longer(data: bytes) -> bytes:
    return data + b"\0"


def altered_early(data: bytes) -> bytes:
    return data[:600] + bytes([data[600] ^ 1]) + data[601:]


def altered_late(data: bytes) -> bytes:
    return data[:-40] + bytes([data[-40] ^ 1]) + data[-39:]


@pytest.mark.parametrize(
    "change", [cut, cut_after_a_block, cut_in_the_key, empty, longer, altered_early, altered_late]
)
def test_damaged_backup_restores_nothing(
    archive: Path, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    damaged, home = tmp_path / "damaged.backup", tmp_path / "home"
    damaged.write_bytes(change(archive.read_bytes()))
    assert code_of(damaged, home) == "backup-invalid"
    # Another try, with the right file, finds an empty machine.
    assert restored(archive, home).after == NEWEST["platform"]


def test_other_passphrase_or_no_file_restores_nothing(archive: Path, tmp_path: Path) -> None:
    assert code_of(archive, tmp_path / "home", Secret(b"another passphrase")) == "backup-invalid"
    assert code_of(tmp_path / "nowhere", tmp_path / "home") == "no-backup"
    assert not (tmp_path / "home").exists()


def rewritten(archive: Path, out: Path, change: Callable[[bytes], bytes], **head: str) -> Path:
    """As somebody writes it who has the passphrase."""
    with open_archive(archive, UNLOCK) as (first, lines):
        values = {name: getattr(first, name) for name in Head.__slots__} | head
        changed = [Head(**values).line(), *filter(None, map(change, lines))]
    write_archive(out, changed, UNLOCK, entropy=secrets.token_bytes)
    return out


def test_newer_releases_backup_is_left_to_it(archive: Path, tmp_path: Path) -> None:
    newer = rewritten(archive, tmp_path / "newer", bytes, revision="platform_9999")
    assert code_of(newer, tmp_path / "home") == "backup-version"
    assert not (tmp_path / "home").exists()


def forged_document(line: bytes) -> bytes:
    return line.replace(rb"\"title\":\"", rb"\"title\":\"An altered ")


def lost_row(line: bytes) -> bytes:
    return b"" if b'"north-lab"' in line and b"North Lab" in line else line


def longer_row(line: bytes) -> bytes:
    return line.replace(b'["Clinics","clinics"', b'["Clinics","clinics",1')


@pytest.mark.parametrize("change", [forged_document, lost_row, longer_row])
def test_rows_that_contradict_what_was_signed_or_counted_are_refused(
    archive: Path, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    forged = rewritten(archive, tmp_path / "forged", change)
    assert code_of(forged, tmp_path / "home") == "backup-invalid"


def test_platform_that_is_there_is_left_as_it_is(
    saved_settings: Settings, archive: Path, tmp_path: Path
) -> None:
    before = rows(saved_settings.platform_database_url)
    assert code_of(archive, saved_settings.home) == "home-not-empty"
    full = {"MARKET_DATABASE_URL": saved_settings.platform_database_url}
    with pytest.raises(Conflict, match="database-not-empty"):
        restore(archive, tmp_path / "home", full, UNLOCK)
    assert rows(saved_settings.platform_database_url) == before
    assert not (tmp_path / "home" / "secrets").exists()


def test_mounted_secrets_are_the_same_platforms_or_refused(
    saved_settings: Settings, archive: Path, tmp_path: Path
) -> None:
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    for path in secret_files(saved_settings):
        (mounted / path.name).write_bytes(path.read_bytes())
        (mounted / path.name).chmod(0o440)
    restored(archive, tmp_path / "home", secrets=str(mounted))
    assert not (tmp_path / "home" / "secrets").exists()
    identity = mounted / "identity"
    identity.chmod(0o640)
    identity.write_text("ab" * 32)
    with pytest.raises(Refused, match="restore-identity"):
        restored(archive, tmp_path / "another", secrets=str(mounted))


def test_settings_that_are_there_are_kept(archive: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "market.toml").write_text("portal_port = 18421\n")
    done = restored(archive, home)
    assert (done.settings.portal_port, done.settings.currency) == (18421, "EUR")
    assert (home / "market.toml").read_text() == "portal_port = 18421\n"


def test_database_of_another_release_is_not_saved(tmp_path: Path) -> None:
    settings = made_home(tmp_path / "home")
    database = open_database(settings.platform_database_url)
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'platform_0001'"))
    database.close()
    with pytest.raises(Refused, match="database-version"):
        saved(settings, tmp_path / "out")
    assert not (tmp_path / "out").exists()


KILLED_AT = {
    "portable.insert_lines": "from market.database import portable as at; name = '_number_on'",
    "commit": "from market.database import migrate as at; name = '_check_foreign_keys'",
    "home": "from market.processes.backup import restore as at; name = 'write_private_once'",
    "finish": "from market.processes.backup import restore as at; name = 'finish'",
}


@pytest.mark.processes
@pytest.mark.parametrize("moment", KILLED_AT)
def test_restore_that_is_killed_serves_nothing(
    archive: Path, url: str, tmp_path: Path, moment: str
) -> None:
    home = tmp_path / "restored"
    program = (
        f"import os, signal, sys\nfrom pathlib import Path\n{KILLED_AT[moment]}\n"
        "assert callable(getattr(at, name))\n"
        "setattr(at, name, lambda *_given: os.kill(os.getpid(), signal.SIGKILL))\n"
        "from world.saved_platform import restored\n"
        "restored(Path(sys.argv[1]), Path(sys.argv[2]), database_url=sys.argv[3])"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, str(archive), str(home), url],
        env={"PYTHONPATH": ":".join(sys.path)},
        check=False,
    )
    assert killed.returncode == -9
    with pytest.raises(MarketError) as refused:
        opened(url)
    is_committed = moment in ("home", "finish")
    assert refused.value.code == ("restore-unfinished" if is_committed else "database-version")
    if is_committed:
        with pytest.raises(Conflict, match="not-empty"):
            restored(archive, home, database_url=url)
    else:
        restored(archive, home, database_url=url)
        opened(url).database.close()


def test_every_column_of_signed_documents_is_verified() -> None:
    said = {
        (table.name, column.name)
        for table in PLATFORM.sorted_tables
        for column in table.columns
        if "signed" in str(column.comment).lower() and "key" not in str(column.comment)
    }
    verified = {(table, column) for table, columns in SIGNED.items() for column in columns}
    assert said - verified == set()


def test_last_line_ends_the_backup(archive: Path, tmp_path: Path) -> None:
    def doubled(line: bytes) -> bytes:
        return line + canonical.dumps({"tables": 0}) + b"\n" if b'{"tables"' in line else line

    longer_one = rewritten(archive, tmp_path / "doubled", doubled)
    assert code_of(longer_one, tmp_path / "home") == "backup-invalid"
    with pytest.raises(NotFound):
        restored(tmp_path, tmp_path / "home")


def test_backup_is_read_to_its_end_as_a_restore_would(
    saved_settings: Settings, archive: Path, tmp_path: Path
) -> None:
    identity = a_key("platform").public.hex
    head, lines = _contents(archive)
    found = verify(archive, UNLOCK, identity=head.identity)
    rows_in_it = sum(line.startswith(b"[") for line in lines)
    assert (found.made_at, found.revision) == (head.made_at, NEWEST["platform"])
    assert found.rows == rows_in_it > 0
    assert found.documents > 0
    assert saved_settings.home.exists()
    with pytest.raises(Refused, match="backup-of-another"):
        verify(archive, UNLOCK, identity="ab" * 32 if identity != "ab" * 32 else "cd" * 32)
    with pytest.raises(NotFound, match="no-backup"):
        verify(tmp_path / "none", UNLOCK, identity=head.identity)


@pytest.mark.parametrize("spoil", ["cut", "row", "count", "more", "signature"])
def test_backup_that_could_not_be_restored_is_said_so(
    archive: Path, tmp_path: Path, spoil: str
) -> None:
    head, lines = _contents(archive)
    counts = [place for place, line in enumerate(lines) if line.startswith(b'{"rows"')]
    rows_at = [place for place, line in enumerate(lines) if line.startswith(b"[")]
    match spoil:
        case "cut":
            lines = lines[:-1]
        case "row":
            del lines[rows_at[0]]
        case "count":
            lines[counts[0]] = canonical.dumps({"rows": 10**6, "sha256": "ab" * 32}) + b"\n"
        case "more":
            lines.append(b'{"tables":1}\n')
        case "signature":
            place = next(at for at in rows_at if b"signature" in lines[at])
            lines[place] = lines[place].replace(b"signature", b"signaturf", 1)
    out = tmp_path / "spoilt.backup"
    write_archive(out, [head.line(), *lines], UNLOCK, entropy=secrets.token_bytes)
    with pytest.raises(Refused, match="backup-invalid"):
        verify(out, UNLOCK, identity=head.identity)


def _contents(archive: Path) -> tuple[Head, list[bytes]]:
    with open_archive(archive, UNLOCK) as (head, lines):
        return head, list(lines)
