"""One normal form for every spelling of a person's id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.tables.person import normal_id


@pytest.mark.parametrize(
    "other", ["p-1 ", "P-1", "\uff30-1", "p-\u200b1", "p-1.0", "p-1\x00", "\ufeffp-1"]
)
def test_other_spelling_of_an_id_is_the_same_person(other: str) -> None:
    assert normal_id(other) == normal_id("p-1")


@pytest.mark.parametrize(
    "unseen", "\ufe0f\U000e0100\u034f\u115f\u1160\u3164\uffa0\u2800\u180b\u17b4\ufff0"
)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_what_is_not_seen_makes_no_other_person(unseen: str, place: int) -> None:
    assert normal_id(f"{'p-1'[:place]}{unseen}{'p-1'[place:]}") == "p-1"


@pytest.mark.parametrize("other", ["0012", "12.0", " 12", "12.000", "12.", "+12", "1 2", "١٢"])
def test_number_is_the_same_person_however_it_was_stored(other: str) -> None:
    assert normal_id(other) == "12"


@pytest.mark.parametrize(("one", "other"), [("12", "120"), ("p1", "p2"), ("-1", "1"), ("0", "1")])
def test_other_ids_are_other_people(one: str, other: str) -> None:
    assert normal_id(one) != normal_id(other)


@pytest.mark.parametrize("nobody", ["", "  ", "\u200b", "\ufeff\t", "\u3164", "\u2800\ufe0f"])
def test_blanks_name_nobody(nobody: str) -> None:
    assert normal_id(nobody) == ""


@given(
    st.one_of(
        st.text(), st.text(alphabet="0179.+ aPé\u200bＰ٧\u0345ﬀİ\u0307ς´\t\u034f\u3164", max_size=8)
    )
)
def test_normal_form_of_a_normal_form_is_itself(identifier: str) -> None:
    form = normal_id(identifier)
    assert normal_id(form) == form


@given(st.integers(0, 10**30), st.integers(0, 5), st.integers(0, 3))
def test_padding_of_a_number_never_makes_another_person(number: int, left: int, right: int) -> None:
    assert normal_id("0" * left + str(number) + ("." + "0" * right if right else "")) == str(number)
