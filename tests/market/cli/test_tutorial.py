"""The tutorial goes from a program to its answer without portal, key or account."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from world.served_portal import market_command, market_environment

from market.cli.main import main

pytestmark = pytest.mark.processes


def tutorial(tmp_path: Path, *options: str) -> Result:
    home = {"MARKET_CLIENT_HOME": str(tmp_path / "client")}
    return CliRunner().invoke(main, ["tutorial", str(tmp_path / "job"), *options], env=home)


def test_it_goes_to_the_end_and_leaves_a_program(tmp_path: Path) -> None:
    result = tutorial(tmp_path)
    assert result.exit_code == 0, result.output
    for number in range(1, 6):
        assert f"{number} of 5." in result.stderr
    assert "visits_mean" in result.stdout
    assert (tmp_path / "job" / "job.py").read_text().startswith('"""What is asked of')
    assert not (tmp_path / "client").exists()


def test_what_is_opened_lies_about_its_error_from_the_truth(tmp_path: Path) -> None:
    result = tutorial(tmp_path, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    (rows,) = (one for one in document["answers"] if one["name"] == "rows")
    (cell,) = rows["cells"]
    assert cell["value"] != 20_000
    assert abs(cell["value"] - 20_000) < 3 * cell["error_95"]
    assert document["errors"]["rows"]["0.25"] > 2 * document["errors"]["rows"]["1"]


def test_ctrl_c_between_two_steps_ends_it(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    ended = subprocess.Popen(
        market_command("tutorial", str(tmp_path / "job")),
        env=market_environment(tmp_path),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        # As at a terminal, whoever runs the tests where the signal is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(theirs)
    seen = b""
    while b"Enter goes on" not in seen:
        seen += os.read(ours, 4_096)
    ended.send_signal(signal.SIGINT)
    assert ended.wait(60) == 1
    os.close(ours)


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "thesis.txt").write_text("mine")
    result = tutorial(tmp_path)
    assert result.exit_code == 1
    assert "directory-in-use" in result.output
    assert (tmp_path / "job" / "thesis.txt").read_text() == "mine"
