"""What a first `market up` makes in a home, whatever the home: made once, and lent to those of
tests.

Without it every home's first Spark starts slowly, or makes an archive of its own, and every
Airflow waits for its tables.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market.adapters.platform_secrets import make_secrets
from market.adapters.spark_command import SOURCE, find_spark
from market.airflow.metadatabase import database_path, note_migrated
from market.processes.airflow import migrate
from market.processes.prepare import make_archive
from market.settings import Settings

_KEPT = SOURCE / "build" / "lent-to-tests"


def lend_spark_classes(home: Path) -> None:
    """Lay Spark's class archive where the Sparks of a home look for it."""
    with _lender() as settings:
        made = make_archive(settings)
    place = find_spark(Settings(home=home)).archive
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.symlink_to(made)


def lend_airflow_database(home: Path) -> None:
    """Give a home Airflow's database on SQLite, as it is before anything stands in it."""
    with _lender() as settings:
        migrate(settings)
    place = database_path(home)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(database_path(_KEPT), place)
    note_migrated(Settings(home=home))


@contextmanager
def _lender() -> Iterator[Settings]:
    """One of a run's workers at a time."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=_KEPT, spark_master="local[2]")
    with (_KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_secrets(settings)
        yield settings
