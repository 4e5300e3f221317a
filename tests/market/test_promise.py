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
    assert reaches == {
        "Owner and their key agent",
        "Owner and platform together",
        "Helper of a join",
        "Up to t members, recipient and platform together",
        "More than t members together",
    }


def test_up_to_t_members_reach_no_more_than_the_helper_among_them() -> None:
    of = {row.who: row for row in promise.TABLE}
    assert of["A consortium's member and their agent"].cells == ("own", "yes", "no", "no")
    few = of["Up to t members, recipient and platform together"]
    assert few.rows == "own"
    assert few.unnoised.startswith("no; with the helper of a join")
    assert "how many people" in of["Helper of a join"].unnoised


def test_the_promise_names_its_limits_wherever_it_speaks_of_verified_arithmetic() -> None:
    [verified] = [sentence for sentence in promise.PROMISED if "Verified arithmetic" in sentence]
    assert "t members" in verified
    assert "end the run" in verified
    assert not any("malicious" in sentence for sentence in promise.PROMISED)


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
