"""Who runs what: each role has a directory of its own, and an account of its own where it can.

As root, the platform and the owner run under two other uids, so that mode bits really keep the
platform out of the agent's directory. That needs an interpreter and a checkout that other
accounts can read; without them all roles share one uid, and the story says so.
"""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_PLATFORM_ACCOUNT = "www-data"
_OWNER_UID = 64_021
"""No account has it on a fresh system; the owner's processes need no name."""


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


def make_roles(folder: Path, shared: dict[str, str]) -> dict[str, Role]:
    """The roles of the story, their directories made with mode 0700.

    Args:
        shared: environment that every role sees.
    """
    python = _shared_python() if os.geteuid() == 0 and _others_can_read(ROOT) else None
    uids: dict[str, int | None] = {"owner": None, "buyer": None, "platform": None}
    if python is not None:
        uids = {"owner": _OWNER_UID, "buyer": None, "platform": _account(_PLATFORM_ACCOUNT)}
    folder.mkdir(parents=True, exist_ok=True)
    # The roles pass through it to their own directories; nobody else lists what lies there.
    folder.chmod(0o711)
    return {
        name: _make_role(name, folder / name, uid, python or Path(sys.executable), shared)
        for name, uid in uids.items()
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


def _make_role(
    name: str, home: Path, uid: int | None, python: Path, shared: dict[str, str]
) -> Role:
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
        **shared,
    }
    return Role(name, home, uid, python, environment)


def _account(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        # Not a Debian machine; the platform keeps the uid of the demo.
        return None


def _shared_python() -> Path | None:
    """An interpreter of our minor version that every account may run, or None."""
    name = f"python3.{sys.version_info.minor}"
    for candidate in (Path(sys.base_prefix) / "bin" / name, Path("/usr/bin") / name):
        if candidate.exists() and _others_can_read(candidate.resolve()):
            return candidate
    return None


def _others_can_read(path: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in [path, *path.parents])
