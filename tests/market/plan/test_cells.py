"""One normal form for a cell: two spellings of one value are one, two values never."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import Refused
from market.plan.cells import cell_key, cell_text, number_of, scaling, truth_of
from market.plan.schema import CategoricalColumn, NumericColumn
from market.tables.column_codes import Fate, coder

DECIMALS = st.decimals(-(10**17), 10**17, places=9)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" Zoe\u0308\t", "Zoë"),
        ("  ", None),
        (None, None),
        (float("nan"), None),
        (Decimal("nan"), None),
        (True, "true"),
        (np.True_.item(), "true"),
        (2**60 + 1, "1152921504606846977"),
        (7.0, "7.0"),
        (Decimal("1.50"), "1.50"),
        (datetime.date(2020, 1, 1), "2020-01-01"),
        (datetime.datetime(2020, 1, 1), "2020-01-01"),
        (datetime.datetime(2020, 1, 1, 6, 30), "2020-01-01 06:30:00"),
    ],
)
def test_value_is_written_as_text(value: object, text: str | None) -> None:
    assert cell_text(value) == text


def test_undecoded_bytes_are_refused() -> None:
    with pytest.raises(Refused, match="table-encoding"):
        cell_text(b"a")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0"),
        ("1", "1.000"),
        ("1.5", "1.50"),
        ("-0.0", "0"),
        ("1e3", "1000"),
        ("2.5E-1", "0.25"),
        ("true", "TRUE"),
        ("False", "false"),
        ("2020-01-01", "2020-01-01 00:00:00.000"),
        ("2020-01-01", "2020-01-01T00:00"),
        ("2020-01-01 06:00:00Z", "2020-01-01T06:00+0000"),
        ("06:00:00", "06:00:00.000000"),
        ("06:00:00.25", "06:00:00.250"),
    ],
)
def test_two_spellings_of_one_value_are_one(one: str, other: str) -> None:
    assert cell_key(one) == cell_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("007", "7"),
        ("+1", "1"),
        ("1", "true"),
        ("1,0", "1.0"),
        ("a", "A"),
        ("2020-01-01", "2020-01-01 06:00"),
        ("06:00:00", "06:00:00.5"),
        ("06:00", "06:00:00"),
        ("2020-01-01 06:00Z", "2020-01-01 06:00+01:00"),
        ("1e9999", "1e9998"),
    ],
)
def test_two_values_are_two(one: str, other: str) -> None:
    assert cell_key(one) != cell_key(other)


@given(st.text(max_size=12) | DECIMALS.map(str) | st.floats().map(repr) | st.datetimes().map(str))
def test_key_is_a_fixed_point(text: str) -> None:
    assert cell_key(cell_key(text)) == cell_key(text)


@given(DECIMALS)
def test_number_is_exact(value: Decimal) -> None:
    assert number_of(str(value)) == value
    assert number_of(cell_key(str(value))) == value


@pytest.mark.parametrize("text", ["", "1_000", "१२", "0x10", "1,5", "--1", "1e", ".", "+", "nan"])
def test_text_that_says_no_number_is_none(text: str) -> None:
    assert number_of(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("+5", 5), ("5.", 5), (".5", 0.5), ("007", 7), ("-Inf", -np.inf), ("Infinity", np.inf)],
)
def test_numbers_as_programs_write_them_are_read(text: str, value: float) -> None:
    assert float(number_of(text) or 0) == value


@given(
    st.integers(-(10**17), 10**17), st.integers(1, 10**9), st.fractions(0, 1, max_denominator=64)
)
def test_mapped_number_is_the_double_nearest_to_the_exact_one(
    low: int, width: int, share: Fraction
) -> None:
    number = Decimal(low) + Decimal(width) * Decimal(share.numerator) / Decimal(share.denominator)
    middle, half = Fraction(2 * low + width, 2), Fraction(width, 2)
    exact = (Fraction(number) - middle) / half
    assert scaling(middle, half)(number) == float(exact)


def test_number_far_from_zero_is_mapped_exactly() -> None:
    column = NumericColumn("v", str(10**15), str(10**15 + 10**6), "m", "u", "low", None, None)
    mapped, _ = coder(column)([str(10**15 + k * 10**5) for k in range(11)])
    assert mapped.tolist() == [(k - 5) / 5 for k in range(11)]


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (10**17, 10**17 + 10),
        (-(10**17) - 10, -(10**17)),
        (10**15, 10**15 + 100),
        (10**9, 10**9 + Decimal("0.01")),
    ],
)
def test_bounds_that_doubles_cannot_tell_apart_are_refused(low: object, high: object) -> None:
    with pytest.raises(ValueError, match="take an offset off"):
        NumericColumn("v", str(low), str(high), "m", "u", "low", None, None)


@pytest.mark.parametrize(("low", "high"), [("0", "0.000001"), ("1600000000", "1700000000")])
def test_other_bounds_are_taken(low: str, high: str) -> None:
    NumericColumn("v", low, high, "m", "u", "low", None, None)


def test_numbers_just_beyond_a_bound_are_clipped_to_it() -> None:
    coded = coder(NumericColumn("v", "0", "10", "m", "u", "low", None, None))
    codes, fates = coded(["10.001", "-0.001", "10.000", "-inf"])
    assert codes.tolist() == [1, -1, 1, -1]
    assert fates.tolist() == [Fate.CLIPPED, Fate.CLIPPED, Fate.READ, Fate.CLIPPED]


def test_truth_is_read_in_usual_words() -> None:
    assert [truth_of(t) for t in ("YES", "t", "1.0", "no", "0", "F")] == [True] * 3 + [False] * 3
    assert [truth_of(t) for t in ("2", "", "perhaps")] == [None] * 3


@pytest.mark.parametrize(
    "levels", [("1", "1.0"), ("True", "true"), ("2020-01-01", "2020-01-01 00:00")]
)
def test_levels_that_are_one_value_are_refused(levels: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="in all their spellings"):
        CategoricalColumn("g", levels, "a group")
