"""What a person may write for another to read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.plan.text import check_text, unreadable

DIRECTIONS = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
ZERO_WIDTHS = [0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0x034F, 0x180E]
CONTROLS = [0x00, 0x07, 0x08, 0x0B, 0x1B, 0x7F, 0x85, 0x2028, 0x2029]
FILLERS = [0x115F, 0x1160, 0x3164, 0xFFA0]
OTHERS = [0xE000, 0xE0041, 0xD800]


@pytest.mark.parametrize(
    "code", [*DIRECTIONS, *ZERO_WIDTHS, *CONTROLS, *FILLERS, *OTHERS], ids=lambda code: f"{code:X}"
)
def test_character_nobody_sees_is_named(code: int) -> None:
    for lines in (False, True):
        assert unreadable(f"Doctor{chr(code)} visits", lines=lines) == f"U+{code:04X}"


@pytest.mark.parametrize(
    "text",
    [
        "Doctor visits (2024), 95 % – «quoted» “so”",
        "Besuche bei Ärzten",
        "Прием у врача",
        "医生就诊",
        "زيارات الطبيب",
        "ביקורים אצל רופא",
        "डॉक्टर के दौरे",
        "≤ 3 € · ½ ☂",
        "",
    ],
)
def test_languages_and_signs_are_text(text: str) -> None:
    check_text("title", text)


def test_lines_are_for_texts_of_several_lines() -> None:
    assert unreadable("one\ntwo", lines=True) == ""
    assert unreadable("one\ntwo") == "U+000A"
    assert unreadable("one\ttwo", lines=True) == "U+0009"


@given(st.text(st.characters(categories=["L", "N", "P", "S", "M", "Zs"]), max_size=50))
def test_what_is_refused_has_no_shape(text: str) -> None:
    if found := unreadable(text):
        assert "FILLER" in unicodedata.name(chr(int(found[2:], 16))) or found in (
            "U+034F",
            "U+17B4",
            "U+17B5",
        )
