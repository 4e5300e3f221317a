"""What was mistyped is guessed where it is near, and left alone where it is not."""

from __future__ import annotations

from market.policy.finding.did_you_mean import nearest_ids, nearest_words

TITLES = {"hospital-stays": "hospital stays, 2023 to 2025", "blood-donations": "blood donations"}


def test_ids_that_are_alike_come_nearest_first() -> None:
    assert nearest_ids("Hospitl-stays", TITLES) == ["hospital-stays"]
    assert nearest_ids("weather", TITLES) == []


def test_each_word_is_replaced_that_nothing_has() -> None:
    assert nearest_words("hosptal  Stays", TITLES) == "hospital stays"
    assert nearest_words("blod donations", TITLES) == "blood donations"
    assert nearest_words("hospital weather", TITLES) == ""
    assert nearest_words("hospital blood", TITLES) == ""
    assert nearest_words("anything", {}) == ""
