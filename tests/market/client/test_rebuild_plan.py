from __future__ import annotations

import os
from pathlib import Path

import pytest
from sealed_results import SCHEMA

from market.client.rebuild_plan import build_directory
from market.errors import Refused
from market.plan.expression import Count, NamedStatistic


def program(directory: Path, body: str) -> Path:
    (directory / "job.py").write_text(body)
    return directory


def test_plan_and_trace_of_a_directory(tmp_path: Path) -> None:
    built = build_directory(
        program(tmp_path, 'def build(ds):\n    return {"rows": ds.count()}\n'), SCHEMA
    )
    assert built.plan.statistics == (NamedStatistic("rows", 1, Count()),)
    assert built.trace == {"rows": "job.py:2"}


def test_broken_rule_is_named_with_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"job\.py:2") as caught:
        build_directory(program(tmp_path, 'def build(ds):\n    return ds["none"].mean()\n'), SCHEMA)
    assert caught.value.code == "plan-column"


def test_program_sees_no_environment_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKET_CLIENT_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    body = """
import os
assert not [name for name in os.environ if name.startswith(("MARKET", "PYTHON"))]
assert os.environ["HOME"] != %r

def build(ds):
    return {"rows": ds.count()}
"""
    built = build_directory(program(tmp_path, body % os.environ.get("HOME", "")), SCHEMA)
    assert len(built.plan.statistics) == 1


def test_program_that_does_not_end_is_ended(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        build_directory(program(tmp_path, "while True:\n    pass\n"), SCHEMA, wall_seconds=2)
    assert caught.value.code == "program-too-slow"


def test_program_that_kills_its_process_leaves_no_plan(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        build_directory(program(tmp_path, "import os\nos._exit(0)\n"), SCHEMA)
    assert caught.value.code == "program-died"
    assert "status 0" in caught.value.message
