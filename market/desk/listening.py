"""Where a desk listens, and how its person's browser comes there: opened for them, or by a link."""

from __future__ import annotations

import socket
import sys
import webbrowser
from collections.abc import Mapping
from getpass import getuser
from typing import Final

from market.errors import Refused

_HOST: Final = "127.0.0.1"
_LAST_PORT: Final = 65_535
_SSH_PORT: Final = "22"


def listen(port: int) -> socket.socket:
    """A socket of this machine that takes connections from now on.

    Raises:
        Refused: `port-taken`.
    """
    try:
        return socket.create_server((_HOST, port))
    except OSError as error:
        other = port + 1 if port < _LAST_PORT else port - 1
        raise Refused(
            "port-taken",
            f"Nothing can listen on {_HOST}:{port}: {error.strerror}.",
            "It may be a market ui of yours that runs already: press Enter where it does, for a "
            f"link to it. Else take another port: market ui --port {other}",
        ) from error


def has_screen(environment: Mapping[str, str], system: str = sys.platform) -> bool:
    """Whether a browser opened here would be seen: a terminal over ssh, or one without a desktop,
    would get a browser in text that takes it over, or none."""
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return True
    return system in ("darwin", "win32") and not environment.get("SSH_CONNECTION")


def way_from_afar(environment: Mapping[str, str], port: int, *, user: str | None = None) -> str:
    """What to type on the machine where the person sits, who came here over ssh; empty for one
    who did not.

    Args:
        environment: SSH_CONNECTION holds both ends: address and port of the client, and of the
            server (ssh(1)).
    """
    ends = environment.get("SSH_CONNECTION", "").split()
    if len(ends) != 4:
        return ""
    _, _, host, ssh_port = ends
    other_port = "" if ssh_port == _SSH_PORT else f" -p {ssh_port}"
    return f"ssh -N -L {port}:{_HOST}:{port}{other_port} {user or getuser()}@{host}"


def open_browser(link: str) -> bool:
    """Open a link in the person's browser; False where there is none."""
    try:
        return webbrowser.open(link)
    except webbrowser.Error:
        return False
