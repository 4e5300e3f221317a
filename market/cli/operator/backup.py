"""admin backup, verify-backup, restore: the platform in one encrypted file, and one made of it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from crypto.identity import PublicKey, SigningKey
from market.adapters.platform_secrets import IDENTITY, platform_secret
from market.cli.lazy import Leaf
from market.cli.output import Output, date
from market.cli.session import (
    PLATFORM_HOME,
    Session,
    ask_passphrase,
    load_settings,
    now,
    pass_session,
)
from market.database.platform import open_platform_database
from market.entities.people import Operator
from market.policy.operation.backups import as_of
from market.processes.backup.objects import missing_objects
from market.processes.backup.restore import restore
from market.processes.backup.save import save
from market.processes.backup.verify import verify
from market.records.audit import Act
from market.services.audit_trail import Deed, audited
from market.settings import Settings
from market.wiring import platform_over

_PASSPHRASE_FILE = "MARKET_BACKUP_PASSPHRASE_FILE"  # noqa: S105 - the variable that names the file
_FILE = click.Path(path_type=Path, dir_okay=False)
_SHOWN = 20


@click.command("backup", cls=Leaf, epilog="Example: market admin backup platform.backup")
@click.argument("file", type=_FILE)
@pass_session
def backup_platform(session: Session, file: Path) -> None:
    """Save the platform in FILE, while it runs: its database at one moment, secrets, settings.

    The file is encrypted under a passphrase, asked for or read from the file that
    MARKET_BACKUP_PASSPHRASE_FILE names. Objects are not in it: copy them after it, or keep the
    bucket. Nor is Airflow's database: runs under way end, and their jobs when their waits do.
    """
    settings = load_settings(session)
    unlock = ask_passphrase("Passphrase of the backup", _PASSPHRASE_FILE, confirm=True)
    made_at = now()
    with _audited(settings, "backup-made", at=made_at):
        saved = save(settings, file, unlock, now=made_at, entropy=secrets.token_bytes)
    session.output.show(
        {"file": str(file), "revision": saved.revision, "rows": saved.rows},
        lambda output: output.line(
            f"Saved {saved.rows} rows, at {saved.revision}, in {file}. Whether it could be "
            f"restored says: market admin verify-backup {file}"
        ),
    )


@click.command(
    "verify-backup", cls=Leaf, epilog="Example: market admin verify-backup platform.backup"
)
@click.argument("file", type=_FILE)
@pass_session
def verify_backup(session: Session, file: Path) -> None:
    """Read FILE to its end, as a restore would, and change nothing but the audit trail.

    Its passphrase opens it, every table is counted and hashed, every signature verified; it is of
    this platform. The portal's page of backups then says so. Objects are not in it: `market admin
    restore --check-objects` compares them with a restored platform.
    """
    settings = load_settings(session)
    unlock = ask_passphrase("Passphrase of the backup", _PASSPHRASE_FILE)
    identity = SigningKey.from_seed(platform_secret(settings, IDENTITY)).public.hex
    verified = verify(file, unlock, identity=identity)
    with _audited(settings, "backup-verified", as_of(verified.made_at), at=now()):
        # What was found is written down; what fails is found before, and is no act.
        pass
    document = {
        "made_at": verified.made_at,
        "revision": verified.revision,
        "rows": verified.rows,
        "signed_documents": verified.documents,
    }
    session.output.show(
        document,
        lambda output: output.line(
            f"The backup as of {date(verified.made_at)} UTC is whole: {verified.rows} rows, at "
            f"{verified.revision}; {verified.documents} signed documents verify."
        ),
    )


@click.command("restore", cls=Leaf, epilog="Example: market admin restore platform.backup")
@click.argument("file", type=_FILE)
@click.option("--check-objects", is_flag=True, help="Say what the object store does not hold.")
@pass_session
def restore_platform(session: Session, file: Path, *, check_objects: bool) -> None:
    """Make a platform of FILE in --home, which is empty but for market.toml and objects.

    Its rows go into the database that the settings name, SQLite or Postgres, whichever they came
    from; it must be empty. Settings are those of market.toml in the home, else of the backup, and
    the environment's before either. A backup of an earlier release is brought up to date. Never
    start the old platform again: both would be one to everybody, and drift apart.
    """
    unlock = ask_passphrase("Passphrase of the backup", _PASSPHRASE_FILE)
    restored = restore(file, session.home_path(PLATFORM_HOME), os.environ, unlock)
    with _audited(restored.settings, "restored", as_of(restored.made_at), at=now()):
        # There was no trail to write it down in before: it is the first act of what is restored.
        pass
    missing = _missing(restored.settings) if check_objects else []

    def render(output: Output) -> None:
        output.line(
            f"Restored {restored.rows} rows as of {date(restored.made_at)} UTC, now at "
            f"{restored.after}; {restored.documents} signed documents verify. The platform is:"
        )
        output.key(PublicKey.parse(restored.identity).fingerprint())
        if check_objects:
            output.text(_told(missing))

    document = {
        "identity": restored.identity,
        "made_at": restored.made_at,
        "before": restored.before,
        "after": restored.after,
        "rows": restored.rows,
        "signed_documents": restored.documents,
    }
    checked = {"missing_objects": missing} if check_objects else {}
    session.output.show(document | checked, render)


@contextmanager
def _audited(settings: Settings, act: Act, after: str = "", *, at: int) -> Iterator[None]:
    database = open_platform_database(settings.platform_database_url)
    try:
        platform = platform_over(database, settings)
        with audited(platform, Operator(), Deed(act, after=after), now=at):
            yield
    finally:
        database.database.close()


def _missing(settings: Settings) -> list[str]:
    database = open_platform_database(settings.platform_database_url)
    try:
        return list(missing_objects(platform_over(database, settings)))
    finally:
        database.database.close()


def _told(missing: list[str]) -> str:
    if not missing:
        return "The store holds every object."
    more = f"\nand {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    return "\n".join([f"Not in the store ({len(missing)}):", *missing[:_SHOWN]]) + more
