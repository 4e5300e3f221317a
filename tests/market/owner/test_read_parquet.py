"""Parquet keeps its exact types, and the same table in either format is the same table."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world.tables import (
    boolean,
    categorical,
    declared,
    encrypted_input,
    numeric,
    opened,
    report,
    written,
)

from market.errors import Refused
from market.owner.declaration.describe import Declaration
from market.owner.table.read_table import read_header
from market.owner.table.table_file import ROWS_AT_ONCE
from market.tables.encode import ColumnReport

DAYS = ["2020-01-01", "2020-01-02"]


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def read_as_declared(path: Path, declaration: Declaration) -> None:
    """Every cell of the first column is one of its levels, or readable."""
    found = report(path, declaration).encoding
    assert found.rows_kept == found.rows_seen > 0
    assert found.columns[0] == ColumnReport(found.columns[0].name, 0, 0, 0, 0)


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64(), pa.decimal128(20, 0), pa.string()])
def test_ids_above_2_to_53_with_a_null_stay_apart(tmp_path: Path, kind: pa.DataType) -> None:
    ids = [2**53, 2**53 + 1, 2**53 + 2, 2**53 + 3, None]
    values = [None if one is None else str(one) for one in ids] if kind == pa.string() else ids
    path = parquet(tmp_path / "t.parquet", patient=pa.array(values, kind), visits=[1, 2, 3, 4, 5])
    found = report(path, declared(numeric("visits"), unit='column = "patient"\n')).encoding
    assert (found.units_kept, found.rows_kept, found.dropped_without_unit) == (4, 4, 1)


def moments(unit: str, zone: str | None = None) -> pa.Array:
    days = [datetime.datetime(2020, 1, day) for day in (1, 2)]
    naive = pa.array(days, pa.timestamp(unit))
    return naive if zone is None else pa.compute.assume_timezone(naive, zone)


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (pa.array([1.0, 2.0, 3.0, 1.0]), ["1", "2", "3"]),
        (pa.array([1.0, 2.5], pa.float32()), ["1", "2.5"]),
        (pa.array([1, 2], pa.int8()), ["1.0", "2.00"]),
        (pa.array([1e16, 1e-7, 1e22]), ["10000000000000000", "0.0000001", "1" + "0" * 22]),
        (pa.array([Decimal("1.50"), Decimal("2.00")]), ["1.5", "2"]),
        (pa.array([True, False]), ["true", "false"]),
        (pa.array([True, False]), ["True", "False"]),
        (pa.array([datetime.date(2020, 1, day) for day in (1, 2)]), DAYS),
        (pa.array([datetime.date(2020, 1, day) for day in (1, 2)], pa.date64()), DAYS),
        (moments("s"), DAYS),
        (moments("ms"), DAYS),
        (moments("us"), DAYS),
        (moments("ns"), DAYS),
        (moments("us", "UTC"), DAYS),
        (moments("us", "Europe/Berlin"), DAYS),
        (pa.array([datetime.time(8, 30)]), ["08:30:00.000000"]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b"]),
        (pa.array([" a ", "Zoe\u0308"], pa.large_string()), ["a", "Zoë"]),
        (pa.array(["<=50K", ">50K"], pa.string_view()), ["<=50K", ">50K"]),
    ],
    ids=lambda one: str(one.type) if isinstance(one, pa.Array) else "",
)
def test_level_is_met_by_every_type_it_can_have(
    tmp_path: Path, values: pa.Array, levels: list[str]
) -> None:
    path = parquet(tmp_path / "t.parquet", code=values)
    read_as_declared(path, declared(categorical("code", levels)))


@pytest.mark.parametrize(
    ("cells", "levels"),
    [
        (["1.0", "2.0", "3.0", "1"], ["1", "2", "3"]),
        (["1e3", "1000", "1E+3"], ["1000"]),
        (["True", "FALSE", "true"], ["true", "false"]),
        (["2020-01-01 00:00:00", "2020-01-02T00:00", "2020-01-01T00:00:00.000Z"], DAYS),
        (["2020-01-01 08:30", "2020-01-01T08:30:00.0"], ["2020-01-01 08:30:00"]),
        (["2020-01-01 08:30:00+0100"], ["2020-01-01T08:30:00+01:00"]),
    ],
)
def test_level_is_met_by_every_spelling_of_one_value(
    tmp_path: Path, cells: list[str], levels: list[str]
) -> None:
    path = written(tmp_path / "t.csv", "\n".join(["code", *cells, ""]))
    read_as_declared(path, declared(categorical("code", levels)))


def test_codes_with_leading_zeros_and_capitals_stay_themselves(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "code\n01067\n1067\nYes\nyes\n+1\n")
    found = report(path, declared(categorical("code", ["01067", "Yes"]))).encoding
    assert found.columns[0].other == 3


def text_of_bytes(data: bytes) -> pa.Array:
    """One cell that says it is text and is none."""
    ends = pa.array([0, len(data)], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(data)])


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (pa.array([b"a"]), "table-encoding"),
        (pa.array([b"a"], pa.large_binary()), "table-encoding"),
        (pa.array([b"ab"], pa.binary(2)), "table-encoding"),
        (pa.array([b"a"]).dictionary_encode(), "table-encoding"),
        (text_of_bytes(b"\xff"), "table-encoding"),
        (text_of_bytes(b"\xff").dictionary_encode(), "table-encoding"),
        (pa.array([0], pa.timestamp("us", "Nowhere/Town")), "table-unreadable"),
        (pa.array([[1, 2]]), "table-column-kind"),
        (pa.array([{"a": 1}]), "table-column-kind"),
        (pa.array([datetime.timedelta(1)]), "table-column-kind"),
    ],
    ids=lambda one: str(one.type) if isinstance(one, pa.Array) else "",
)
def test_type_that_is_no_cell_is_refused_where_it_is_declared(
    tmp_path: Path, values: pa.Array, code: str
) -> None:
    path = parquet(tmp_path / "t.parquet", x=values, y=[1])
    with pytest.raises(Refused) as refused:
        report(path, declared(numeric("x")))
    assert refused.value.code == code
    read_as_declared(path, declared(numeric("y")))


def test_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", b"PAR1 and no more")
    with pytest.raises(Refused, match="table-unreadable"):
        report(path, declared(numeric("x")))


def test_header_that_is_no_text_is_refused(tmp_path: Path) -> None:
    data = parquet(tmp_path / "t.parquet", heading=[1]).read_bytes()
    path = written(tmp_path / "t.parquet", data.replace(b"heading", b"headin\xff"))
    with pytest.raises(Refused, match="table-unreadable"):
        report(path, declared(numeric("heading")))
    with pytest.raises(Refused, match="table-unreadable"):
        read_header(path)


def test_damaged_column_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = parquet(tmp_path / "t.parquet", x=list(range(1_000)))
    data = bytearray(path.read_bytes())
    data[4:900] = bytes(896)
    with pytest.raises(Refused, match="table-unreadable"):
        report(written(path, bytes(data)), declared(numeric("x")))


@pytest.mark.parametrize("groups", [1, 16])
def test_no_more_of_a_file_is_in_memory_than_what_is_looked_at(tmp_path: Path, groups: int) -> None:
    rows, path = 16 * ROWS_AT_ONCE, tmp_path / "t.parquet"
    table = pa.table({"x": np.random.default_rng(0).uniform(0, 100, rows)})
    pq.write_table(table, path, row_group_size=rows // groups, use_dictionary=False)
    del table
    before = pa.total_allocated_bytes()
    batches = opened(path, declared(numeric("x"))).batches()
    most = max(pa.total_allocated_bytes() - before for _ in batches)
    assert 0 < most < path.stat().st_size / 4


def test_header_is_compared_raw(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["visits", "visits"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(Refused, match="table-column-twice"):
        report(tmp_path / "t.parquet", declared(numeric("visits")))


@pytest.mark.parametrize("header", ["a.b", "年齢", "Body Mass (kg)", "visits"])
def test_any_header_is_found(tmp_path: Path, header: str) -> None:
    path = parquet(tmp_path / "t.parquet", **{header: [1.5, 2.5], "a": [{"b": 7}, {"b": 8}]})
    read_as_declared(path, declared(numeric("visits", 0, 10, f'header = "{header}"\n')))
    assert read_header(path).columns[0] == (header, "numeric")


def test_column_may_be_the_unit_too(tmp_path: Path) -> None:
    path = parquet(tmp_path / "t.parquet", age=[30, 30, 40])
    found = report(path, declared(numeric("age", 0, 120), unit='column = "age"\n')).encoding
    assert (found.units_kept, found.dropped_beyond_unit) == (2, 1)


# --- one table, either format --------------------------------------------------------------

LEVELS = ["a", "<=50K", 'say "x", y', "1", "2020-01-01", "true"]
BOTH = declared(
    numeric("count", -50, 60, "missing = [-200]\n"),
    numeric("size", 0, 1),
    numeric("price", 0, 10),
    categorical("text", LEVELS, 'missing = ["?"]\n'),
    categorical("code", ["1", "2", "3.5"]),
    categorical("day", [*DAYS, "2020-01-01 06:00:00"]),
    boolean("flag"),
    unit='column = "patient"\nmissing = [-1]\n',
)
TYPES = pa.schema(
    {
        "patient": pa.int64(),
        "count": pa.int32(),
        "size": pa.float64(),
        "price": pa.decimal128(8, 3),
        "text": pa.string(),
        "code": pa.float64(),
        "day": pa.timestamp("us"),
        "flag": pa.bool_(),
    }
)
ROW = st.fixed_dictionaries(
    {
        "patient": st.none() | st.integers(2**53, 2**53 + 3) | st.integers(-1, 3),
        "count": st.none() | st.integers(-60, 70) | st.just(-200),
        "size": st.none() | st.floats(allow_nan=False),
        "price": st.none() | st.decimals(-99, 99, places=3),
        "text": st.none() | st.sampled_from([*LEVELS, " a ", "?", "new", "x\ny", "1.0", "TRUE"]),
        "code": st.none() | st.sampled_from([1.0, 2.0, 3.5, 4.0, 1e16]),
        "day": st.none()
        | st.datetimes(datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 3))
        | st.sampled_from([datetime.datetime(2020, 1, 1, hour) for hour in (0, 6)]),
        "flag": st.none() | st.booleans(),
    }
)


def as_arrow_csv(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pyarrow.csv.write_csv(table, sink)
    return sink.getvalue()


def as_pandas_csv(table: pa.Table) -> bytes:
    frame = table.to_pandas(integer_object_nulls=True)
    return frame.to_csv(index=False).encode()


@settings(max_examples=40)
@given(st.lists(ROW, max_size=12), st.sampled_from((as_arrow_csv, as_pandas_csv)))
def test_same_table_in_either_format_gives_the_same_ciphertext_input_and_report(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], as_csv: Any
) -> None:
    table = pa.Table.from_pylist(rows, TYPES)
    directory = tmp_path_factory.mktemp("both")
    pq.write_table(table, directory / "t.parquet")
    written(directory / "t.csv", as_csv(table))
    one, other = directory / "t.parquet", directory / "t.csv"
    assert report(one, BOTH).encoding == report(other, BOTH).encoding
    left, right = encrypted_input(one, BOTH), encrypted_input(other, BOTH)
    assert list(left) == list(right)
    assert all(np.array_equal(left[name], right[name]) for name in left)


def test_codes_of_a_pandas_column_with_nulls_are_levels(tmp_path: Path) -> None:
    frame = pd.DataFrame({"code": [1, None, 3]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        found = report(tmp_path / name, declared(categorical("code", ["1", "2", "3"]))).encoding
        assert found.columns[0] == ColumnReport("code", 0, 1, 0, 0)
