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


def test_every_path_on_the_page_exists() -> None:
    paths = re.findall(r"`((?:market|crypto|tests)/[A-Za-z0-9_./-]+)`", PAGE)
    assert len(paths) > 10
    for path in paths:
        assert (ROOT / path).exists() or list(ROOT.glob(f"{path}*")), path
