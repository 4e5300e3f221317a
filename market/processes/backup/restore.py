"""Make a platform of a backup: in an empty database, of either kind, and an empty home.

The rows come in one transaction, at the revision they were saved at, are compared with what the
backup counted, and are migrated to this release's tables. Until secrets and settings lie in the
home as well, the database is marked: nothing opens it (`restore-unfinished`). So whenever a restore
is broken off, there is nothing, or something that no process serves.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table

from crypto.errors import FormatError
from crypto.identity import SigningKey
from crypto.secret import Secret
from market import settings as settings_module
from market.adapters.full_disk import typed_disk_failures
from market.adapters.platform_secrets import IDENTITY, NAMES, platform_secret, secrets_directory
from market.adapters.private_files import make_private_directory, write_private_once
from market.database.migrate import fill_empty, finish
from market.database.portable import columns_of, count, insert_lines, tables_of
from market.database.revision import NEWEST, may_migrate
from market.errors import Conflict, Refused
from market.processes.backup.archive import Head, open_archive, refusing_what_is_malformed
from market.processes.backup.rows import ArchivedRows, require_end
from market.settings import Settings

SETTINGS_FILE: Final = "market.toml"
_MAY_BE_THERE: Final = frozenset(
    {SETTINGS_FILE, "objects", "portal.db", "portal.db-wal", "portal.db-shm"}
)
"""In an empty home: what the operator put there, and of SQLite what a broken-off restore left."""


@dataclass(frozen=True, slots=True)
class Restored:
    """`identity` is the platform's key, in hex; revisions are the backup's and this release's."""

    identity: str
    made_at: int
    before: str
    after: str
    rows: int
    documents: int
    settings: Settings


def restore(archive: Path, home: Path, environment: Mapping[str, str], unlock: Secret) -> Restored:
    """Restore into `home` and the database that its settings name: those of its market.toml, if
    there is one already, else of the backup's; `environment` wins over either.

    Raises:
        NotFound: `no-backup`. Conflict: `home-not-empty`, `database-not-empty`.
        Refused: `backup-invalid`; `backup-version` for a newer release's; `restore-identity` where
            mounted secrets are another platform's; `settings-invalid`.
        Unavailable: the database does not serve, or the disk is full.
    """
    _require_empty(home)
    with open_archive(archive, unlock) as (head, lines):
        if not head.revision or not may_migrate(head.revision, "platform"):
            raise _newer(head.revision)
        settings = _settings(head, home, environment)
        _require_same_identity(head, settings)
        make_private_directory(home)
        filling = _Filling(lines)
        url = settings.platform_database_url
        fill_empty(url, "platform", head.revision, filling.fill)
        with typed_disk_failures("the platform's home"):
            _write_home(head, settings)
        finish(url, "platform")
    newest = NEWEST["platform"]
    return Restored(
        head.identity,
        head.made_at,
        head.revision,
        newest,
        filling.rows,
        filling.documents,
        settings,
    )


class _Filling:
    """Takes the tables of a backup in, and counts."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.rows = self.documents = 0

    def fill(self, connection: Connection) -> None:
        with refusing_what_is_malformed():
            tables = tables_of(connection)
            for table in tables:
                self._table(connection, table)
            require_end(next(self._lines, b""), self._lines, tables=len(tables))

    def _table(self, connection: Connection, table: Table) -> None:
        rows = ArchivedRows(self._lines)
        if (rows.table, rows.columns) != (table.name, columns_of(table)):
            raise FormatError(f"table {rows.table!r:.60} stands where {table.name} was expected")
        insert_lines(connection, table, rows.all())
        if rows.counted() != count(connection, table):
            raise FormatError(f"table {table.name} did not arrive as it was counted")
        self.rows += rows.number
        self.documents += rows.documents


def _require_empty(home: Path) -> None:
    found = sorted(path.name for path in home.iterdir()) if home.exists() else []
    others = [name for name in found if name not in _MAY_BE_THERE]
    if others:
        raise Conflict(
            "home-not-empty",
            f"{home} holds {', '.join(others)[:200]}: a backup is restored into an empty home, in "
            "which market.toml and objects may lie.",
            "Name another home; of a restore that was broken off, empty home and database first.",
        )


def _settings(head: Head, home: Path, environment: Mapping[str, str]) -> Settings:
    """As they will be read once the backup is restored."""
    if (home / SETTINGS_FILE).exists():
        return settings_module.load(home, environment)
    with tempfile.TemporaryDirectory() as directory:
        if head.settings:
            Path(directory, SETTINGS_FILE).write_text(head.settings, "utf-8")
        return replace(settings_module.load(Path(directory), environment), home=home)


def _require_same_identity(head: Head, settings: Settings) -> None:
    """Secrets that somebody else keeps are left as they are."""
    if not settings.secrets:
        return
    mounted = SigningKey.from_seed(platform_secret(settings, IDENTITY)).public.hex
    if mounted != head.identity:
        raise Refused(
            "restore-identity",
            f"{secrets_directory(settings)} holds the identity of another platform than the "
            "backup's.",
            "Mount the backup's: without the setting secrets, a restore writes it into the home.",
        )


def _write_home(head: Head, settings: Settings) -> None:
    if head.settings and not (settings.home / SETTINGS_FILE).exists():
        write_private_once(settings.home / SETTINGS_FILE, head.settings.encode())
    if not settings.secrets:
        for name in NAMES:
            # One that this release knows and the backup's did not is made when it is first used.
            if name in head.secrets:
                write_private_once(secrets_directory(settings) / name, head.secrets[name].reveal())


def _newer(revision: str) -> Refused:
    return Refused(
        "backup-version",
        f"The backup is of tables at revision {revision!r:.60}, expected {NEWEST['platform']} at "
        "most.",
        "Restore it with the release that made it, or a newer one.",
    )
