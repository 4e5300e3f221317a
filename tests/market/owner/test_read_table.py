"""What is wrong with a file is said before anything is encrypted; values never are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from agent_house import parsed

from market.errors import Refused
from market.owner.read_table import read_header, read_table

SCHEMA = parsed(unit='column = "person"\n').schema


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_csv_cells_stay_text_and_headers_take_normal_form(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", b"\xef\xbb\xbfPerson , VISITS,insured\n007,3.5,yes\n8,,NA\n")
    frame = read_table(path, SCHEMA)
    assert list(frame.columns) == ["person", "visits", "insured"]
    assert frame["person"].tolist() == ["007", "8"]
    assert frame["insured"].tolist() == ["yes", "NA"]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"Person": [1], "visits": [2.5], "insured": [True]}).to_parquet(path)
    assert read_table(path, SCHEMA)["visits"].tolist() == [2.5]
    assert read_header(path) == [
        ("person", "numeric"),
        ("visits", "numeric"),
        ("insured", "boolean"),
    ]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("t.csv", b"person,visits\np,3\n", "table-column-missing"),
        ("t.csv", b"visits,insured\n3,no\n", "table-column-missing"),
        ("t.csv", b"person,visits,insured,Visits\np,3,no,3\n", "table-column-twice"),
        ("t.csv", b"person,visits,insured\np\xff,3,no\n", "table-encoding"),
        ("t.csv", b"", "table-unreadable"),
        ("t.csv", b"person,visits,insured\np,3,no,4,5\nq,3\n1,2,3,4,5,6,7\n", "table-unreadable"),
        ("t.parquet", b"PAR1 and no more", "table-unreadable"),
        ("t.xlsx", b"PK", "table-unreadable"),
    ],
)
def test_file_that_is_no_such_table_is_refused(
    tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        read_table(written(tmp_path / name, data), SCHEMA)
    assert refused.value.code == code


def test_refusal_quotes_no_cell(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", b'person,visits,insured\n"hidden,3,no\n')
    with pytest.raises(Refused) as refused:
        read_table(path, SCHEMA)
    assert "hidden" not in str(refused.value)


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="table-unreadable"):
        read_table(tmp_path / "none.csv", SCHEMA)
