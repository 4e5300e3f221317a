"""Shares beside a program: they take the place of its own, and what is wrong with them is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.builders import a_schema

from market.errors import Refused
from market.plan.plan import Plan
from market.plan.program import run_program
from market.plan.program_input import ProgramInput
from market.plan.program_shares import SHARES

JOB = """
def build(ds):
    return {"rows": ds.count().weighted(7), "age": ds["age"].sum()}
"""


def planned(folder: Path, shares: str | None) -> Plan:
    (folder / "job.py").write_text(JOB)
    if shares is not None:
        (folder / SHARES).write_text(shares)
    return run_program(folder, ProgramInput(("visits",), a_schema()))[0]


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        (None, [7, 1]),
        ("{}", [7, 1]),
        ('{"age": 12}', [7, 12]),
        ('{"age": 1000, "rows": 1}', [1, 1000]),
    ],
)
def test_named_statistics_have_these_shares(
    tmp_path: Path, shares: str | None, expected: list[int]
) -> None:
    assert [one.share for one in planned(tmp_path, shares).statistics] == expected


@pytest.mark.parametrize(
    "shares",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"age": 1, "age": 2}',
        '{"age": 0}',
        '{"age": 1001}',
        '{"age": true}',
        '{"age": 1.5}',
        '{"Age": 1}',
        '{"visits": 1}',
        '{"age": 1}' + " " * (1 << 16),
    ],
)
def test_shares_that_say_nothing_usable_are_refused(tmp_path: Path, shares: str) -> None:
    with pytest.raises(Refused) as refused:
        planned(tmp_path, shares)
    assert refused.value.code == "program-shares"
    assert refused.value.message.startswith("shares.json:1: ")
