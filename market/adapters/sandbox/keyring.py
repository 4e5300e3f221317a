"""A session keyring of its own for a sandboxed program (keyctl(2), session-keyring(7)).

A keyring is neither file nor socket: no namespace takes it away, and a process inherits the one of
the session it was started in, with the Kerberos tickets and disk keys in it. The kernel keeps it
per thread, so it is left behind in a thread that does nothing else.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from market.errors import Unavailable

_KEYCTL: Final = {"x86_64": 250, "aarch64": 219}
"""Number of the system call (asm/unistd.h); libc has no function for it."""
_JOIN_SESSION_KEYRING = 1

T = TypeVar("T")


def with_own_keyring(action: Callable[[], T]) -> T:
    """What the action returns. Processes that it starts have an empty session keyring.

    The thread lives until the action ends: bubblewrap ends with the thread that started it.

    Raises:
        Unavailable: `sandbox-failed`: the kernel gives no keyring; the action was not called.
    """

    def joined() -> T:
        _join_new_session()
        return action()

    with ThreadPoolExecutor(1, thread_name_prefix="sandbox") as pool:
        return pool.submit(joined).result()


def _join_new_session() -> None:
    number = _KEYCTL.get(platform.machine())
    libc = ctypes.CDLL(None, use_errno=True)
    # Without a name it is a new one; with a name it could be somebody's.
    if number is None or libc.syscall(number, _JOIN_SESSION_KEYRING, None) < 0:
        reason = os.strerror(ctypes.get_errno()) if number else f"unknown on {platform.machine()}"
        raise Unavailable(
            "sandbox-failed",
            f"The program cannot be given a session keyring of its own: {reason}.",
            "Look at /proc/sys/kernel/keys for a quota that is used up; else use another machine.",
        )
