"""A code book says what it says, and every line that was not understood is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.entities.draft import DraftColumn
from market.policy.drafts.code_book import with_code_book
from market.policy.drafts.several_columns import chosen_places, said_of_all

COLUMNS = (
    DraftColumn(name="age"),
    DraftColumn(name="smokes", header="Smokes?"),
    DraftColumn(name="income_1", kind="numeric", low="0"),
)
BOOK = """
Variable;Type;Description;Min;Max;Missing;Remarks
AGE;integer;Age in years;0;120;-9, NA;fine
Smokes?;oddity;Smokes;;;;
shoe;number;;;;;
income 1;;Income;;99999;;
"""


def test_a_line_for_each_column() -> None:
    found = with_code_book(COLUMNS, BOOK)
    age, smokes, income = found.columns
    assert (age.kind, age.meaning, age.low, age.high, age.missing) == (
        "numeric",
        "Age in years",
        "0",
        "120",
        "-9, NA",
    )
    assert (smokes.kind, smokes.meaning) == ("", "Smokes")
    assert (income.kind, income.low, income.high) == ("numeric", "0", "99999")
    assert found.changed == ("age", "smokes", "income_1")
    assert found.told == (
        "Line 2: 'Remarks' is no heading that is known.",
        "Line 4: 'oddity' is no type that is known.",
        "Line 5: there is no column 'shoe'.",
    )


def test_a_line_for_each_code() -> None:
    found = with_code_book(COLUMNS, 'column,code,label\nsmokes,1,yes\nsmokes,"2,5",no\n"age,1,x\n')
    assert (found.columns[1].kind, found.columns[1].levels) == ("categorical", '1, "2,5"')
    assert found.columns[1].meaning == "1 yes, 2,5 no"
    again = with_code_book(found.columns, "column,code,label\nsmokes,1,yes\n")
    assert again.columns[1].meaning == "1 yes, 2,5 no"
    assert found.told == ("Line 4 opens a quote that it does not close.",)
    assert found.changed == ("smokes",)


@given(st.text(alphabet='column,type;\t"\n age1\0é', max_size=200))
def test_whatever_is_pasted_loses_no_column(text: str) -> None:
    found = with_code_book(COLUMNS, text)
    assert [one.name for one in found.columns] == [one.name for one in COLUMNS]


def test_several_are_chosen_by_type_or_name_and_what_is_empty_stays() -> None:
    assert chosen_places(COLUMNS, "untyped", "") == (0, 1)
    assert chosen_places(COLUMNS, "none", "income_*, age") == (0, 2)
    assert chosen_places(COLUMNS, "all", "") == (0, 1, 2)
    with pytest.raises(ValueError, match="no group"):
        chosen_places(COLUMNS, "odd", "")
    said = said_of_all(COLUMNS[2], {"high": "9", "low": " ", "name": "other"})
    assert said == DraftColumn(name="income_1", kind="numeric", low="0", high="9")
