"""Whatever ends a session early, somebody is told what to do next."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from market.cli.main import main
from market.policy.consortia.session_advice import ADVICE, next_action
from market.reference.error_codes import read_occurrences

ROOT = Path(__file__).parents[3]
CODE = re.compile(r"[a-z]+(?:-[a-z]+)+")
FOLDERS = ("crypto/mpc", "market/agent/sessions")
ONE_WORD = "equivocation"
LABELLED = "random_shares"


def codes_raised() -> set[str]:
    """Every constant of the workers' and sessions' code that has a code's form."""
    found: set[str] = set()
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        labels = {
            id(argument)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(LABELLED)
            for argument in call.args
        }
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in labels
            and (CODE.fullmatch(node.value) or node.value == ONE_WORD)
        }
    return found


@pytest.fixture(scope="module")
def errors() -> set[str]:
    return {one.code for one in read_occurrences(ROOT)}


def test_every_code_a_session_can_end_with_has_advice(errors: set[str]) -> None:
    raised = codes_raised()
    advised = {one.code for one in ADVICE}
    assert {"member-silent", "wrong-product", "worker-lost"} <= raised
    assert raised <= advised | errors
    assert advised <= raised


def test_each_code_is_explained_once_and_in_order(errors: set[str]) -> None:
    codes = [one.code for one in ADVICE]
    assert codes == sorted(set(codes))
    assert not set(codes) & errors


@pytest.mark.parametrize("code", ["member-absent", "seal-differs"])
def test_what_came_before_any_share_says_that_nothing_was_charged(code: str) -> None:
    assert "Nothing was charged" in next_action(code)


def test_code_of_an_agents_own_failure_is_looked_up() -> None:
    assert "market explain disk-full" in next_action("disk-full")


@pytest.mark.parametrize("code", [one.code for one in ADVICE])
def test_code_is_explained_at_a_terminal(code: str) -> None:
    told = CliRunner().invoke(main, ["explain", code])
    assert told.exit_code == 0
    assert next_action(code).replace("`", "") in told.output.replace("\n", " ")
