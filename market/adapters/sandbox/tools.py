"""The programs and the interpreter a sandbox is made of."""

from __future__ import annotations

import functools
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from market.errors import Unavailable

_MINIMUM_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Tools:
    """Paths of what a run needs."""

    setpriv: str
    prlimit: str
    bwrap: str
    faketime: Path
    python: Path


@functools.cache
def find_tools() -> Tools:
    """What is installed here; looked for once per process.

    Raises:
        Unavailable: `sandbox-missing`, naming what is not installed.
    """
    found = {name: shutil.which(name) for name in ("setpriv", "prlimit", "bwrap")}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise _lacks(", ".join(missing), "bubblewrap, libfaketime, libseccomp2 and util-linux")
    setpriv, prlimit, bwrap = (str(found[name]) for name in ("setpriv", "prlimit", "bwrap"))
    return Tools(setpriv, prlimit, bwrap, find_faketime(), find_interpreter())


@functools.cache
def find_faketime() -> Path:
    """What gives a process another clock (raises Unavailable, `sandbox-missing`)."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        raise _lacks("libfaketime", "libfaketime")
    return found[0]


def _lacks(what: str, packages: str) -> Unavailable:
    return Unavailable(
        "sandbox-missing",
        f"The sandbox lacks {what}: no program of others is run without it.",
        f"Install the packages {packages}.",
    )


@functools.cache
def find_interpreter() -> Path:
    """A Python that the dropped uid can read: our own, or else the system's.

    Raises:
        Unavailable: `sandbox-missing`: there is none.
    """
    own = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    for candidate in (own, Path("/usr/bin/python3"), Path("/usr/local/bin/python3")):
        if candidate.exists() and _is_readable(candidate.resolve()) and _is_recent(candidate):
            return candidate.resolve()
    raise Unavailable(
        "sandbox-missing",
        "The sandbox lacks a Python that an unprivileged account can read.",
        "Install the system's python3 (3.11 or later).",
    )


def _is_readable(path: Path) -> bool:
    if os.geteuid() != 0:
        return True
    others_may_pass = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return others_may_pass and bool(path.stat().st_mode & stat.S_IXOTH)


def _is_recent(python: Path) -> bool:
    question = "import sys; print(*sys.version_info[:2])"
    asked = subprocess.run(
        [python, "-I", "-c", question], capture_output=True, text=True, timeout=30, check=False
    )
    return asked.returncode == 0 and tuple(map(int, asked.stdout.split())) >= _MINIMUM_PYTHON
