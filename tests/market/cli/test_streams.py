"""A command whose standard streams are closed says what it says, and never with a traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from world.served_portal import market_command, market_environment

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    ("closed", "command", "status"),
    [
        (0, ("pin", "platform", "http://127.0.0.1:1"), 1),
        (1, ("explain", "key-malformed"), 0),
        (2, ("explain", "no such code"), 1),
    ],
)
def test_closed_stream_is_an_empty_one(
    tmp_path: Path, closed: int, command: tuple[str, ...], status: int
) -> None:
    done = subprocess.run(
        market_command(*command, "--home", str(tmp_path)),
        env=market_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        preexec_fn=lambda: os.close(closed),
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert ("key-malformed" in done.stderr) == (closed == 0)
