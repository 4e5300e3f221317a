"""SECURITY.md names every attack that is tested, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")


def attacks() -> set[str]:
    tests = (ROOT / "tests" / "attacks").glob("test_*.py")
    return {path.stem.removeprefix("test_") for path in tests} - {"defences_bite"}


def test_every_attack_is_named_with_what_it_meets() -> None:
    section = PAGE.split("## What is protected", 1)[1].split("## The privacy argument", 1)[0]
    named = set(re.findall(r"`([a-z0-9_]+)`", section)) - {"max_rows"}
    assert named == attacks()


def test_every_test_that_holds_a_claim_exists() -> None:
    named = set(re.findall(r"`(tests/[a-z0-9_/]+\.py)::(test_\w+)`", PAGE))
    missing = [(path, test) for path, test in named if f"def {test}(" not in source(path)]
    assert missing == []
    assert len(named) > 15


def source(path: str) -> str:
    file = ROOT / path
    return file.read_text("utf-8") if file.exists() else ""


def test_every_line_of_the_table_names_a_test_that_holds_it() -> None:
    table = PAGE.split("## The portal and its neighbours", 1)[1].split("## ", 1)[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert [line for line in lines if "::test_" not in line and "the same;" not in line] == []
    assert len(lines) > 10


def test_every_path_on_the_page_exists() -> None:
    paths = re.findall(r"`((?:market|crypto|tests)/[A-Za-z0-9_./-]+)`", PAGE)
    assert len(paths) > 10
    for path in paths:
        assert (ROOT / path).exists() or list(ROOT.glob(f"{path}*")), path
