"""Back up the platform while it runs: its database at one moment, its secrets, its settings.

Not in it: the objects, which are written once and have a store of their own, and Airflow's
database: of a run under way its job remains, and ends when its wait does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from crypto import canonical
from crypto.identity import SigningKey
from crypto.secret import Secret
from market.adapters.platform_secrets import IDENTITY, NAMES, platform_secret, platform_secrets
from market.database.engine import open_database
from market.database.portable import Counter, columns_of, lines_of, tables_of
from market.database.revision import NEWEST, another_version, schema_revision
from market.errors import Conflict
from market.processes.backup.archive import Entropy, Head, write_archive
from market.settings import Settings


@dataclass(frozen=True, slots=True)
class Saved:
    """Of the database: its revision, and how many rows."""

    revision: str
    rows: int


def save(settings: Settings, out: Path, unlock: Secret, *, now: int, entropy: Entropy) -> Saved:
    """Write a backup (market.processes.backup.archive).

    Raises:
        Conflict: `backup-exists`. Refused: `database-version`; what is wrong with a secret.
        Unavailable: `disk-full`; the database does not answer.
    """
    if out.exists():
        raise Conflict("backup-exists", f"{out} exists already.", "Choose another name.")
    database = open_database(settings.platform_database_url)
    try:
        with database.snapshot() as connection:
            revision = schema_revision(connection)
            if revision != NEWEST["platform"]:
                raise another_version(revision, "platform")
            lines = _Lines(connection, _head(settings, revision, now=now))
            write_archive(out, lines.all(), unlock, entropy=entropy)
    finally:
        database.close()
    return Saved(revision, lines.rows)


class _Lines:
    """The lines of a backup, and how many rows have gone by."""

    def __init__(self, connection: Connection, head: Head) -> None:
        self._connection, self._head = connection, head
        self.rows = 0

    def all(self) -> Iterator[bytes]:
        yield self._head.line()
        tables = tables_of(self._connection)
        for table in tables:
            yield _line({"columns": columns_of(table), "table": table.name})
            counter = Counter()
            yield from counter.through(lines_of(self._connection, table))
            counted = counter.counted
            yield _line({"rows": counted.rows, "sha256": counted.sha256})
            self.rows += counted.rows
        yield _line({"tables": len(tables)})


def _head(settings: Settings, revision: str, *, now: int) -> Head:
    file = settings.home / "market.toml"
    identity = SigningKey.from_seed(platform_secret(settings, IDENTITY)).public.hex
    secrets = {
        name: Secret(b"\n".join(_hex(one) for one in platform_secrets(settings, name)))
        for name in NAMES
    }
    text = file.read_text("utf-8") if file.exists() else ""
    return Head(now, revision, identity, secrets, text)


def _hex(secret: Secret) -> bytes:
    return secret.reveal().hex().encode()


def _line(document: canonical.Json) -> bytes:
    return canonical.dumps(document) + b"\n"
