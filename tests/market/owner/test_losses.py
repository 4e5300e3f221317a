"""What reading loses is told by its column, its first row and the key that mends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.tables import boolean, declared, numeric, opened, report, written

from market.errors import Refused
from market.owner.declaration.describe import Declaration
from market.owner.table.losses import Loss
from market.owner.table.survey import survey_with_losses
from market.tables.contributions import CountedInMemory

DATE = '\n[[columns]]\nname = "seen"\ntype = "date"\nmeaning = "m"\nfirst = 2024-01-01\n'
DATE += 'last = 2024-12-31\nnull = "other"\nparts = ["month"]\n'
MESSY = (
    "income;rate;smokes;seen\n"
    '"1.234";3,5;oui;31.12.2024\n'
    "56.789,5;4;non;2024-06-01\n"
    "n/a;x;oui;12/24/2024\n"
)


def lost(path: Path, declaration: Declaration) -> tuple[Loss, ...]:
    table = opened(path, declaration)
    return survey_with_losses(table, declaration.schema, CountedInMemory())[1]


def test_each_loss_names_the_key_that_mends_it(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", MESSY)
    plain = declared(numeric("income", 0, 99999), numeric("rate"), boolean("smokes"), DATE)
    income, rate, smokes, seen = lost(path, plain)
    assert (income.column, income.cells, income.first_row) == ("income", 2, 2)
    assert rate.seen.startswith("2 cells are no number, the first in row 1; such a cell counts as")
    assert "the midpoint" in rate.seen
    assert smokes.next_step == '`written = "oui/non"` reads most of them.'
    assert (seen.cells, seen.first_row) == (2, 1)
    assert "OTHER" in seen.seen
    assert "n/a" not in str(lost(path, plain))


def test_words_that_say_yes_and_no_are_named_where_others_stand(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "smokes\nsim\nnunca\nsim\n")
    (smokes,) = lost(path, declared(boolean("smokes")))
    assert "As yes are read true, t, yes, y, 1, as no false" in smokes.next_step
    (smokes,) = lost(path, declared(boolean("smokes", 'written = "sim/não"\n')))
    assert (smokes.cells, smokes.first_row) == (1, 2)


def test_what_is_declared_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", MESSY)
    mended = declared(
        numeric("income", 0, 99999, 'written = "1.234,5"\nmissing = ["n/a"]\n'),
        numeric("rate", 0, 100, 'decimal = ","\nmissing = ["x"]\n'),
        boolean("smokes", 'written = "oui/non"\n'),
        DATE + 'written = "DD.MM.YYYY"\n',
    )
    (seen,) = lost(path, mended)
    assert (seen.column, seen.cells, seen.first_row) == ("seen", 1, 3)
    assert "Compare `written`" in seen.next_step
    assert [one.missing for one in report(path, mended).encoding.columns] == [1, 1, 0, 0]


def test_first_row_is_that_of_the_file_whatever_is_read_at_once(tmp_path: Path) -> None:
    rows = ["1"] * 40_000 + ["1.5.2"] + ["2"] * 10
    path = written(tmp_path / "t.csv", "x\n" + "\n".join(rows) + "\n")
    (loss,) = lost(path, declared(numeric("x")))
    assert (loss.cells, loss.first_row) == (1, 40_001)


@pytest.mark.parametrize(
    ("further", "said"),
    [
        ('written = "1.234.5"\n', "no way to write it"),
        ('written = "DD.MM.YYYY"\n', "no way to write it"),
        ("written = 3\n", "expected text"),
        ('written = "1234,5"\ndecimal = ","\n', "leave decimal out"),
    ],
)
def test_way_that_is_none_is_refused_by_its_key(further: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        declared(numeric("x", 0, 1, further))
    assert refused.value.code == "declaration-invalid"
    assert "columns[0].written" in refused.value.message


def test_column_without_a_header_is_called_by_its_place(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "age,,,\n1,2,3,4\n")
    found = report(
        path, declared(numeric("column_2"), numeric("second", 0, 9, 'header = "column 3"'))
    )
    assert found.encoding.ignored_columns == ("age", "column 4")
