"""A counted noun ends as its count says, wherever it is told."""

from __future__ import annotations

import re
from pathlib import Path

import market
from market.pages import words
from market.plan.plural import counted, plural

ROOT = Path(market.__file__).parent
_BY_HAND = re.compile(
    r"""["'](\w+)["'] if [^{}]*== 1 else ["']\1\w+["']|["']s["'] if |else ["']s["']"""
)


def test_one_has_its_own_form_and_none_has_that_of_several() -> None:
    assert [counted(n, "sum") for n in (0, 1, 2)] == ["0 sums", "1 sum", "2 sums"]
    assert counted(1, "entry", "entries") == "1 entry"
    assert counted(3, "entry", "entries") == "3 entries"
    assert plural(1, "is", "are") == "is"
    assert plural(0, "is", "are") == "are"


def test_pages_group_the_digits() -> None:
    assert words.counted(1, "row") == "1 row"
    assert words.counted(131_072, "row") == "131\u202f072 rows"


def test_no_page_and_no_command_makes_its_own() -> None:
    told = [*ROOT.rglob("*.html"), *(ROOT / "cli").rglob("*.py"), *(ROOT / "desk").rglob("*.py")]
    by_hand = [path.name for path in told if _BY_HAND.search(path.read_text("utf-8"))]
    assert by_hand == []
