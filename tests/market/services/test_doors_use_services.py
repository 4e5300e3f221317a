"""Whoever is outside calls use cases: no route and no command of the platform touches a port."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import market
from market.services.platform import Platform

MARKET = Path(market.__file__).parent
VALUES = {"identity", "entropy", "waits"}
PORTS = {field.name for field in fields(Platform)} - VALUES
DOORS = [
    *sorted((MARKET / "portal").rglob("*.py")),
    *(MARKET / "cli" / "operator" / f"{name}.py" for name in ("admin", "step", "serve")),
]
CODES_OF_AUTHORIZATION = {
    "no-job",
    "not-a-buyer",
    "not-an-owner",
    "not-your-agent",
    "not-your-dataset",
    "not-your-result",
    "role-missing",
    "token-scope",
}


def ports_touched(source: str) -> list[str]:
    """`platform.people` and the like, however the platform is come by."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in PORTS and is_platform(node.value):
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def is_platform(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).endswith("platform")
    return ast.unparse(node).endswith("platform")


@pytest.mark.parametrize("path", DOORS, ids=lambda path: str(path.relative_to(MARKET)))
def test_door_touches_no_port(path: Path) -> None:
    assert ports_touched(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "platform.people.user('ada')",
        "self._platform.jobs.get(job)",
        "open_platform(settings).ledger",
        "jobs = request.app.state.platform.jobs",
    ],
)
def test_every_way_to_a_port_is_seen(source: str) -> None:
    assert len(ports_touched(source)) == 1


def constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("code", sorted(CODES_OF_AUTHORIZATION))
def test_who_may_do_what_is_answered_in_one_place(code: str) -> None:
    """Stores say what there is not, and the client of a token that it has no scope; no other use
    case and no route refuses a person with these codes."""
    rooms = [MARKET / "portal", MARKET / "services"]
    places = {
        str(path.relative_to(MARKET))
        for room in rooms
        for path in room.rglob("*.py")
        if code in constants(path)
    }
    assert places == {"services/authorize.py"} | (
        # A run that was never taken in has no job to speak of.
        {"services/compute/carry_run.py"} if code == "no-job" else set()
    )
