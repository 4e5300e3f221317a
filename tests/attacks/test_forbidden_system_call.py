"""A program asks the kernel for what no namespace takes away: the hypervisor's socket, io_uring."""

from __future__ import annotations

import pytest
from world.passable import passable_folder
from world.sandboxed import run

ASKING = """
import ctypes, socket
seen = "allowed"
try:
    {call}
except PermissionError:
    seen = "not permitted"
open("/out/answer", "w").write(seen)
"""
CALLS = {
    "the hypervisor": "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
    "the kernel's messages": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
    "a channel beside": "socket.socketpair()",
}


@pytest.mark.parametrize("whom", CALLS)
def test_socket_is_not_made(whom: str) -> None:
    with passable_folder() as folder:
        _, answer = run(folder, ASKING.format(call=CALLS[whom]))
    assert answer == "not permitted"
