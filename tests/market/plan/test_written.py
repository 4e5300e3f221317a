"""However a value is written, it is read back; what is not written so says nothing."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from market.plan.cells import date_of, number_of, truth_of
from market.plan.written import DAYS, NUMBERS, UNREAD, check_written, reader_of, ways_to_read

NUMBER_WAYS = st.sampled_from(list(NUMBERS))
VALUES = st.decimals(-(10**12), 10**12, places=3)
DATES = st.dates(datetime.date(1000, 1, 1))


def spelled(value: Decimal, way: str) -> str:
    thousands, decimal = NUMBERS[way]
    return f"{value:,.3f}".translate(str.maketrans({",": thousands, ".": decimal}))


def dated(day: datetime.date, way: str) -> str:
    parts = {"YYYY": f"{day.year:04}", "MM": f"{day.month:02}", "DD": f"{day.day:02}"}
    for part, digits in parts.items():
        way = way.replace(part, digits)
    return way


@given(VALUES, NUMBER_WAYS)
@example(Decimal("1234567.000"), "1.234,5")
def test_number_that_was_written_so_is_read_back(value: Decimal, way: str) -> None:
    assert number_of(reader_of(way)(spelled(value, way))) == value


@given(VALUES, NUMBER_WAYS, NUMBER_WAYS)
def test_number_that_is_written_otherwise_is_none_or_means_the_same_there(
    value: Decimal, way: str, other: str
) -> None:
    """Only where a way takes a sign for what it is elsewhere may one text be two numbers."""
    read = number_of(reader_of(other)(spelled(value, way)))
    is_torn = NUMBERS[way][1] == NUMBERS[other][0] or NUMBERS[way][0] == NUMBERS[other][1]
    assert read in (None, value) or is_torn


@pytest.mark.parametrize(
    ("way", "text", "number"),
    [
        ("1,234.5", "1,234", "1234"),
        ("1,234.5", "-1,234,567.25", "-1234567.25"),
        ("1,234.5", "1234.5", "1234.5"),
        ("1,234.5", "12,34", None),
        ("1,234.5", "1,2345", None),
        ("1,234.5", "1.234,5", None),
        ("1.234,5", "1.234", "1234"),
        ("1.234,5", "1.5", None),
        ("1.234,5", ",5", "0.5"),
        ("1234,5", "3,5e2", "350"),
        ("1234,5", "3.5", None),
        ("1 234,5", "12\u202f345,5", "12345.5"),
        ("1 234,5", "12\u00a0345", "12345"),
        ("1'234.5", "1’234.5", "1234.5"),
        ("1,234.5", "12 apples", None),
        ("1.234,5", "-inf", "-Infinity"),
    ],
)
def test_grouping_is_exact(way: str, text: str, number: str | None) -> None:
    read = number_of(reader_of(way)(text))
    assert read == (None if number is None else Decimal(number))


@given(DATES, st.sampled_from(DAYS))
def test_day_that_was_written_so_is_read_back(day: datetime.date, way: str) -> None:
    assert date_of(reader_of(way)(dated(day, way))) == day
    assert date_of(reader_of(way)(day.isoformat())) == day


@pytest.mark.parametrize(
    ("way", "text", "day"),
    [
        ("DD/MM/YYYY", "31/12/2024", "2024-12-31"),
        ("DD/MM/YYYY", "12/31/2024", None),
        ("DD/MM/YYYY", "31.12.2024", None),
        ("DD/MM/YYYY", "1/2/2024", "2024-02-01"),
        ("MM/DD/YYYY", "1/2/2024 13:45", "2024-01-02"),
        ("DD.MM.YYYY", "29.02.2023", None),
        ("YYYYMMDD", "20240131", "2024-01-31"),
        ("YYYYMMDD", "2024131", None),
        ("DD.MM.YYYY", "01.02.24", None),
    ],
)
def test_days_are_exact(way: str, text: str, day: str | None) -> None:
    read = date_of(reader_of(way)(text))
    assert (read.isoformat() if read else None) == day


def test_yes_and_no_are_the_declared_words_alone() -> None:
    read = reader_of("Oui/non")
    assert [truth_of(read(text)) for text in ("oui", "NON", "yes", "1", "o")] == [
        True,
        False,
        None,
        None,
        None,
    ]
    assert [truth_of(reader_of("1/2")(text)) for text in ("1.0", "2", "0")] == [True, False, None]
    assert read("peut-être") == UNREAD


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("numeric", "1,234,5"),
        ("numeric", "DD.MM.YYYY"),
        ("date", "YY-MM-DD"),
        ("date", "dd.mm.yyyy"),
        ("boolean", "oui"),
        ("boolean", "oui/"),
        ("boolean", "oui/OUI"),
        ("boolean", "a/b/c"),
        ("boolean", "a/" + "b" * 60),
        ("categorical", "oui/non"),
    ],
)
def test_way_that_is_none_is_refused(kind: str, written: str) -> None:
    with pytest.raises(ValueError, match=r"way to write|what says yes"):
        check_written(kind, written)


def test_what_cells_do_not_tell_is_left_to_their_owner() -> None:
    assert ways_to_read("numeric", ["1,234", "12,345,678"]) == ("1,234.5",)
    assert ways_to_read("numeric", ["1,234"]) == ("1,234.5", "1234,5")
    assert ways_to_read("date", ["31/12/2024", "01/02/2024"]) == ("DD/MM/YYYY",)
    assert ways_to_read("date", ["01/02/2024"]) == ("DD/MM/YYYY", "MM/DD/YYYY")
    assert ways_to_read("boolean", ["oui", "non"]) == ("oui/non",)
    assert ways_to_read("numeric", ["a", "b", "1,5"]) == ()
    assert ways_to_read("categorical", ["a"]) == ()
