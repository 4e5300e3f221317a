"""Python as an account without rights, like the user of a hardened pod."""

from __future__ import annotations

import os
import sys
import sysconfig

from market.adapters.sandbox.tools import find_interpreter
from world.served_portal import SOURCE

ACCOUNT = 100_000 + os.getpid() % 100_000
"""Nobody else's: the kernel counts processes over all that an account runs."""
_DROP = (
    *("setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"),
    *("--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"),
)


def unprivileged_command(*arguments: str) -> list[str]:
    """`python ARGUMENTS`; the interpreter is one that this account can read."""
    if os.geteuid() != 0:
        return [sys.executable, *arguments]
    return [*_DROP, str(find_interpreter()), *arguments]


def unprivileged_environment() -> dict[str, str]:
    """What it imports is ours, and what is installed here."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{SOURCE}:{SOURCE / 'tests'}:{sysconfig.get_path('purelib')}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
