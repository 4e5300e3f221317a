"""A session keyring with a key in it, as a desktop or Kerberos leaves one to every process."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

SECRET = b"ticket-of-the-one-who-started-it"
NAME = "market-test-ticket"
ADD_KEY, KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]

# Prints or writes what a process can read of the key, whichever way it is possessed.
READ = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
seen = ctypes.create_string_buffer(100)
key = libc.syscall({KEYCTL}, 10, ctypes.c_long(-3), b"user", b"{NAME}", 0)
length = libc.syscall({KEYCTL}, 11, ctypes.c_long(key), seen, 100)
found = seen.raw[:length].decode() if key > 0 and length > 0 else "nothing"
"""

T = TypeVar("T")


def holding_a_key(action: Callable[[], T]) -> T:
    """What the action returns, called in a thread whose session keyring holds the secret."""

    def hold() -> T:
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.syscall(KEYCTL, 1, None) > 0
        added = libc.syscall(
            ADD_KEY, b"user", NAME.encode(), SECRET, len(SECRET), ctypes.c_long(-3)
        )
        assert added > 0, ctypes.get_errno()
        return action()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(hold).result()
