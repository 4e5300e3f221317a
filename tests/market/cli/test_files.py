"""Files that are not there, not ours or not whole are told by a code, never by a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crypto.identity import SigningKey
from market.cli.main import main
from market.client.kept.home import ClientHome
from market.client.kept.pins import check_pin


def market(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def code_of(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    error = json.loads(result.stdout)["error"]
    assert error["message"]
    assert error["next_action"]
    return str(error["code"])


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("down",),
        ("admin", "migrate"),
        ("admin", "users"),
        ("keys", "new"),
    ],
    ids=" ".join,
)
def test_home_with_a_name_no_system_takes_is_named(tmp_path: Path, command: tuple[str]) -> None:
    home = tmp_path / ("x" * 300)
    result = market(*command, "--home", home, "--json")
    assert code_of(result) == "file-failed"
    assert str(home) in json.loads(result.stdout)["error"]["message"]


@pytest.mark.parametrize("command", [("keys", "new"), ("admin", "migrate"), ("up",)], ids=" ".join)
def test_home_that_is_a_file_is_named(tmp_path: Path, command: tuple[str]) -> None:
    home = tmp_path / "home"
    home.write_text("a file")
    assert code_of(market(*command, "--home", home, "--json")) == "file-failed"
    assert home.read_text() == "a file"


def test_full_disk_is_told_from_other_failures() -> None:
    assert code_of(market("agent", "backup", "x", "--home", "/dev/full", "--json")) == "no-agent"
    result = CliRunner().invoke(main, ["job", "new", "/dev/full/x", "--json"])
    assert code_of(result) == "file-failed"


@pytest.mark.parametrize(
    "content",
    [b'url = "x', b'url = "http://127.0.0.1:9"\n', b"\xff", b"[[url]]", b""],
    ids=["cut", "one field", "no text", "another kind", "empty"],
)
def test_damaged_account_is_told_with_what_mends_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "client.toml").write_bytes(content)
    result = market("whoami", "--home", tmp_path, "--json")
    assert code_of(result) == "account-damaged"
    assert "market login" in result.stdout


def test_what_a_killed_writer_left_beside_the_pins_is_none(tmp_path: Path) -> None:
    home = ClientHome(tmp_path)
    check_pin(home, "owner", "visits", SigningKey.generate().public.hex)
    (tmp_path / "pins" / "owner" / ".0a1b.12345678").write_bytes(b"")
    result = market("pin", "list", "--home", tmp_path, "--json")
    assert result.exit_code == 0, result.output
    assert len(json.loads(result.stdout)) == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"one"])
def test_damaged_pin_is_named(tmp_path: Path, content: bytes) -> None:
    check_pin(ClientHome(tmp_path), "owner", "visits", SigningKey.generate().public.hex)
    (pin,) = (tmp_path / "pins" / "owner").iterdir()
    pin.write_bytes(content)
    result = market("pin", "list", "--home", tmp_path, "--json")
    assert code_of(result) == "pin-damaged"
    assert str(pin) in json.loads(result.stdout)["error"]["message"]
