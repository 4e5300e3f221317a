"""The README says what the product generates."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def test_promise_is_the_generated_one() -> None:
    generated = subprocess.run(
        [sys.executable, "-m", "market.promise"], capture_output=True, text=True, check=True
    ).stdout.strip()
    between = README.partition("<!-- promise -->")[2].partition("<!-- /promise -->")[0]
    assert between.strip() == generated


def test_both_commands_are_named() -> None:
    assert "make demo" in README
    assert "make test" in README
