from __future__ import annotations

import subprocess
import sys

import pytest

from market import promise


def test_the_platform_alone_knows_no_result() -> None:
    [platform] = [row for row in promise.TABLE if row.who == "Platform"]
    assert platform.cells == ("no", "yes", "no", "no")


def test_nobody_but_the_owners_side_reaches_an_unnoised_result() -> None:
    reaches = {row.who for row in promise.TABLE if row.unnoised != "no"}
    assert reaches == {"Owner and their key agent", "Owner and platform together"}


@pytest.mark.processes
def test_the_module_prints_its_table_as_markdown() -> None:
    command = [sys.executable, "-m", "market.promise"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert printed.stdout == promise.markdown() + "\n"
    header, rule, *rows = printed.stdout.splitlines()
    assert header.count("|") == rule.count("|") == len(promise.COLUMNS) + 2
    assert [row.split(" | ")[0] for row in rows[: len(promise.TABLE)]] == [
        f"| {row.who}" for row in promise.TABLE
    ]
