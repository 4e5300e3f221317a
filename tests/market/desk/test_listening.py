"""Where a desk listens, and what a person is told who cannot see a browser opened there."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner
from world.loopback import free_port

from market.cli.main import main
from market.desk import listening
from market.errors import Refused

AFAR = {"SSH_CONNECTION": "192.0.2.4 51000 192.0.2.7 22"}


def test_a_browser_that_comes_before_the_first_answer_waits_for_it() -> None:
    port = free_port()
    with listening.listen(port) as socket_, socket.create_connection(("127.0.0.1", port)) as early:
        there, _ = socket_.accept()
        with there:
            there.sendall(b"answered")
        assert early.recv(8) == b"answered"


def test_port_that_is_taken_is_said_with_another_to_take(tmp_path: Path) -> None:
    port = free_port()
    with listening.listen(port):
        with pytest.raises(Refused, match="port-taken"):
            listening.listen(port)
        told = CliRunner().invoke(
            main, ["ui", "--port", str(port)], env={"MARKET_CLIENT_HOME": str(tmp_path)}
        )
    assert told.exit_code == 1
    assert f"market ui --port {port + 1}" in told.stderr
    assert "Your pages" not in told.output


@pytest.mark.parametrize(
    ("environment", "system", "is_seen"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        (AFAR, "linux", False),
        (AFAR | {"DISPLAY": "localhost:10.0"}, "linux", True),
        ({}, "darwin", True),
        (AFAR, "darwin", False),
    ],
)
def test_a_browser_is_opened_where_somebody_sees_it(
    environment: dict[str, str], system: str, is_seen: bool
) -> None:
    assert listening.has_screen(environment, system) is is_seen


def test_who_came_over_ssh_is_told_how_their_browser_comes_here() -> None:
    way = listening.way_from_afar(AFAR, 8425, user="olga")
    assert way == "ssh -N -L 8425:127.0.0.1:8425 olga@192.0.2.7"
    other = {"SSH_CONNECTION": "192.0.2.4 51000 192.0.2.7 2222"}
    assert "-p 2222 olga@" in listening.way_from_afar(other, 8425, user="olga")
    assert listening.way_from_afar({}, 8425) == ""
    assert listening.way_from_afar({"SSH_CONNECTION": "odd"}, 8425) == ""
