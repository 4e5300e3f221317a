"""Who runs what: each role has a directory of its own, and an account of its own where it can.

As root, the platform and whoever holds data run under other uids, so that mode bits really keep the
platform, and each from each, out of an agent's directory. That needs an interpreter and a checkout
that other accounts can read; without them all roles share one uid, and the story says so.
"""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_PLATFORM_ACCOUNT = "www-data"
_FIRST_HOLDER_UID = 64_021
"""From here on no account exists on a fresh system; holders' processes need no name."""


@dataclass(frozen=True, slots=True)
class Part:
    """A role as a story casts it. `uid` is None for the account that started the demo; `homes` are
    the product's folders below the role's own, by the variable that names them."""

    name: str
    uid: int | None
    homes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Role:
    """`uid` is None where the role runs under the account that started the demo."""

    name: str
    home: Path
    uid: int | None
    python: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> list[str]:
        """Argument list that runs `python ARGUMENTS` as this role."""
        run = [str(self.python), *arguments]
        if self.uid is None:
            return run
        drop = [f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups"]
        return ["/usr/bin/setpriv", *drop, "--", *run]


def platform() -> Part:
    """The platform: portal, Airflow, Spark."""
    return Part("platform", _account(_PLATFORM_ACCOUNT), {"MARKET_HOME": ""})


def holders(*names: str) -> tuple[Part, ...]:
    """Who holds data and runs an agent: each apart from all others."""
    homes = {"MARKET_AGENT_HOME": "agent", "MARKET_CLIENT_HOME": "client"}
    return tuple(Part(name, _FIRST_HOLDER_UID + place, homes) for place, name in enumerate(names))


def buyer(name: str) -> Part:
    """Who asks and opens; nothing runs for them in between."""
    return Part(name, None, {"MARKET_CLIENT_HOME": "client"})


def make_roles(folder: Path, parts: tuple[Part, ...]) -> dict[str, Role]:
    """The roles of a story by name, their directories made with mode 0700."""
    python = shared_python() if os.geteuid() == 0 and _others_can_read(ROOT) else None
    folder.mkdir(parents=True, exist_ok=True)
    # The roles pass through it to their own directories; nobody else lists what lies there.
    folder.chmod(0o711)
    return {
        part.name: _make_role(
            folder / part.name,
            part,
            uid=part.uid if python is not None else None,
            python=python or Path(sys.executable),
        )
        for part in parts
    }


def hand_over(role: Role, path: Path) -> None:
    """Give a file to a role: nobody else reads it."""
    path.chmod(0o600)
    if role.uid is not None:
        os.chown(path, role.uid, role.uid)


def can_open(role: Role, path: Path) -> bool:
    """Whether a process of the role can list a directory."""
    asked = subprocess.run(
        role.command("-c", f"import os; os.listdir({str(path)!r})"),
        env=role.environment,
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0


def _make_role(home: Path, part: Part, *, uid: int | None, python: Path) -> Role:
    home.mkdir(mode=0o700, exist_ok=True)
    if uid is not None:
        os.chown(home, uid, uid)
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NUMBA_CACHE_DIR": str(home / "numba"),
        **{variable: str(home / below) for variable, below in part.homes.items()},
    }
    return Role(part.name, home, uid, python, environment)


def _account(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        # Not a Debian machine; the platform keeps the uid of the demo.
        return None


def shared_python() -> Path | None:
    """An interpreter of our minor version that every account may run, or None."""
    name = f"python3.{sys.version_info.minor}"
    for candidate in (Path(sys.base_prefix) / "bin" / name, Path("/usr/bin") / name):
        if candidate.exists() and _others_can_read(candidate.resolve()):
            return candidate
    return None


def _others_can_read(path: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in [path, *path.parents])
