"""Spark's class archive for homes of tests: made once, as `market up` makes it, for all of them.

Without it every home's first Spark starts slowly, or makes an archive of its own.
"""

from __future__ import annotations

import fcntl
from pathlib import Path

from market.adapters.spark_command import SOURCE, find_spark
from market.processes.prepare import make_archive
from market.settings import Settings

_KEPT = SOURCE / "build" / "spark-of-tests"


def lend_spark_classes(home: Path) -> None:
    """Lay the archive where the Sparks of a home look for it."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / "lock").open("w") as lock:
        # Workers of one run ask at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = make_archive(Settings(home=_KEPT, spark_master="local[2]"))
    place = find_spark(Settings(home=home)).archive
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.symlink_to(made)
