"""Opened answers as people read them."""

from __future__ import annotations

import pytest

from market.pages.answer_rows import answer_tables
from market.pages.words import rounded


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (903.0024, 5.8, "903.0"),
        (22_474.63, 270.0, "22,475"),
        (0.123456, 0.00031, "0.12346"),
        (-12.5, 0.25, "-12.50"),
        (12.5, None, "12.5"),
        (12.5, 0.0, "12.5"),
        (None, 1.0, "—"),
    ],
)
def test_a_number_has_the_digits_of_its_error(
    value: float | None, error: float | None, shown: str
) -> None:
    assert rounded(value, error) == shown


def test_what_noise_left_nothing_of_says_why() -> None:
    cell = {
        "labels": ["north"],
        "value": None,
        "error_95": None,
        "low": None,
        "high": None,
        "raw": {"value": -2.0, "error_95": 5.0},
        "note": "No rows, as far as noise lets tell.",
    }
    answer = {"name": "mean", "kind": "mean", "unit": "visits", "cells": [cell]}
    (table,) = answer_tables([answer])
    (row,) = table.rows
    assert (row.label, row.shown, row.error, row.raw) == ("north", "—", "—", "-2")
    assert row.note.startswith("No rows")
