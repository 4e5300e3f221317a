"""A program asks the kernel for a socket where no bubblewrap is around it: in a sandbox's pod."""

from __future__ import annotations

import pytest
from world.passable import passable_folder
from world.sandboxed import confined, run

ASKING = """
import socket, sys
try:
    {call}
except PermissionError:
    seen = "not permitted"
else:
    seen = "allowed"
open(sys.argv[1], "w").write(seen)
"""
CALLS = {
    "a server": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "the hypervisor": "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
    "a channel beside": "socket.socketpair()",
}


@pytest.mark.parametrize("whom", CALLS)
def test_socket_is_not_made(whom: str) -> None:
    with passable_folder() as folder:
        _, answer = run(folder, ASKING.format(call=CALLS[whom]), sandbox=confined)
    assert answer == "not permitted"
