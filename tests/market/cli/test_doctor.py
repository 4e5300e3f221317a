from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from market.cli.doctor import PACKAGES
from market.cli.main import main

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parent.parent.parent.parent


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


def test_a_home_is_that_of_one_role(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "elsewhere")]
    refused = CliRunner().invoke(main, ["doctor", *home])
    assert refused.exit_code == 2
    assert "--role platform" in refused.stderr
    told = CliRunner().invoke(main, ["doctor", "--role", "owner", "--json", *home])
    (found,) = (one for one in json.loads(told.stdout) if one["name"] == "home of owner")
    assert str(tmp_path / "elsewhere") in found["found"]


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


def test_home_that_others_can_change_is_a_problem(tmp_path: Path) -> None:
    home = tmp_path / "platform"
    home.mkdir()
    home.chmod(0o777)
    code, found = checks("platform")
    assert code == 1
    assert "0777" in found["home of platform"]["found"]


def test_missing_git_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    code, found = checks("client")
    assert code == 1
    assert found["git"]["is_ok"] is False


def test_git_that_cannot_pin_a_host_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "git"
    old.write_text('#!/bin/sh\necho "git version 2.34.1"\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    code, found = checks("client")
    assert code == 1
    assert found["git"]["found"] == "2.34.1"
    assert "2.37" in found["git"]["next_action"]


def test_packages_looked_for_are_those_that_are_installed_with_a_role() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert list(PACKAGES["client"]) == _names(project["dependencies"])
    assert list(PACKAGES["owner"]) == _names(project["optional-dependencies"]["owner"])


ALONE = """
import sys
sys.modules |= dict.fromkeys(sys.argv[2:])
from market.cli.main import main
main(["doctor", "--json", "--role", sys.argv[1]])
"""
"""A command line of a role that cannot import the modules named after it."""


@pytest.mark.parametrize("role", ["client", "owner"])
def test_extra_of_a_role_alone_can_look_for_it(role: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = _with_theirs([*project["dependencies"], *project["optional-dependencies"][role]])
    others = [
        module
        for module, owners in packages_distributions().items()
        if module not in ("market", "crypto") and wanted.isdisjoint(map(canonicalize_name, owners))
    ]
    assert "fastapi" in others
    command = [sys.executable, "-c", ALONE, role, *others]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = {check["name"]: check for check in json.loads(done.stdout or done.stderr)}
    assert found[f"packages of {role}"]["is_ok"]


def _with_theirs(requirements: list[str]) -> set[str]:
    """What is installed with these: they, and what they need themselves."""
    wanted: set[str] = set()
    left = list(map(Requirement, requirements))
    while left:
        one = left.pop()
        name = canonicalize_name(one.name)
        if name not in wanted and (one.marker is None or one.marker.evaluate({"extra": ""})):
            wanted.add(name)
            left += map(Requirement, requires(name) or ())
    return wanted


def _names(requirements: list[str]) -> list[str]:
    """By the modules they install."""
    return [re.split(r"[^a-z0-9-]", one)[0].replace("-", "_") for one in requirements]


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
