from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from market.cli.main import main


@pytest.fixture(autouse=True)
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, name in (
        ("MARKET_HOME", "platform"),
        ("MARKET_CLIENT_HOME", "client"),
        ("MARKET_AGENT_HOME", "agent"),
    ):
        monkeypatch.setenv(variable, str(tmp_path / name))


def checks(*roles: str) -> tuple[int, dict[str, dict[str, Any]]]:
    arguments = [part for role in roles for part in ("--role", role)]
    result = CliRunner().invoke(main, ["doctor", "--json", *arguments])
    return result.exit_code, {check["name"]: check for check in json.loads(result.stdout)}


def test_every_line_is_ok_or_says_what_to_do() -> None:
    code, found = checks("client", "owner", "platform")
    assert {"python", "git", "java", "sandbox"} <= set(found)
    assert all(check["is_ok"] or check["next_action"] for check in found.values())
    assert code == (0 if all(check["is_ok"] for check in found.values()) else 1)


def test_client_needs_the_sandbox_and_no_java() -> None:
    code, found = checks("client")
    assert code == 0
    assert set(found) == {"python", "git", "packages of client", "home of client", "sandbox"}
    assert "system calls filtered" in found["sandbox"]["found"]


def test_owner_needs_no_sandbox() -> None:
    _, found = checks("owner")
    assert "sandbox" not in found


@pytest.mark.parametrize(
    ("role", "folder", "name"),
    [("client", "client", "unlock"), ("owner", "agent", "agent.db")],
)
def test_home_that_others_can_read_is_a_problem(
    tmp_path: Path, role: str, folder: str, name: str
) -> None:
    home = tmp_path / folder
    home.mkdir()
    (home / name).write_bytes(b"u" * 32)
    (home / name).chmod(0o644)
    code, found = checks(role)
    assert code == 1
    assert "0644" in found[f"home of {role}"]["found"]
    assert "chmod" in found[f"home of {role}"]["next_action"]


def test_missing_git_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    code, found = checks("client")
    assert code == 1
    assert found["git"]["is_ok"] is False


def test_taken_port_is_a_problem(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        home = tmp_path / "platform"
        home.mkdir(mode=0o700)
        (home / "market.toml").write_text(f"portal_port = {other.getsockname()[1]}\n")
        code, found = checks("platform")
    assert code == 1
    assert found["port of portal"]["is_ok"] is False


def test_unreadable_setting_is_a_problem(tmp_path: Path) -> None:
    home = tmp_path / "platform"
    home.mkdir(mode=0o700)
    (home / "market.toml").write_text("no_such_setting = 1\n")
    _, found = checks("platform")
    assert "no_such_setting" in found["settings"]["found"]
