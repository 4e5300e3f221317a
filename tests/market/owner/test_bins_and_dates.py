"""From dataset.toml and a CSV or Parquet file to answers: bins of numbers and parts of dates."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from world.tables import report, written

from crypto.parameters import PRODUCTS
from market.errors import Refused
from market.owner.declaration.describe import Declaration, parse_declaration
from market.owner.drafting.propose import propose_declaration
from market.owner.table.read_table import open_table
from market.plan.binned_number import BinnedNumber
from market.plan.dataset import Dataset
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import DateColumn, NumericColumn
from market.tables.contributions import CountedInMemory
from market.tables.encode import Encoder
from market.tables.local_moments import local_moments
from market.tables.plaintext import plaintext_answers

_TOML = """\
dataset = "stays"
title = "t"
summary = "s"
provenance = "p"
licence = "l"
terms = "t"
capacity_rows = 100

[privacy_unit]
max_rows = 1
meaning = "a stay"

[policy]
budget_epsilon = 8
buyer_epsilon = 8
job_epsilon = 4
delta = "0.000001"
statistics = ["count"]
access = "open"
approval = "automatic"
recomputation = true
price_cents = 0

[[columns]]
name = "age"
type = "numeric"
meaning = "age"
low = 0
high = 80
unit = "years"
null = "midpoint"
bins = BINS

[[columns]]
name = "admitted"
type = "date"
meaning = "first day"
first = 2019-12-01
last = "2020-12-31"
null = "other"
parts = ["year", "month", "weekday"]
"""
AGES = [-3, 5, 10, 39.5, 40, None, 80, 95]
DAYS = [
    datetime.date(2019, 12, 1),
    datetime.date(2020, 2, 29),
    datetime.date(2020, 12, 31),
    datetime.date(2021, 1, 1),
    datetime.date(2019, 11, 30),
    None,
    datetime.date(2020, 6, 1),
    datetime.date(2020, 6, 8),
]


def declared(bins: str = "[0, 10, 40, 80]") -> Declaration:
    return parse_declaration(_TOML.replace("BINS", bins))


def as_csv(path: Path) -> Path:
    rows = zip(AGES, DAYS, strict=True)
    cells = [f"{'' if age is None else age},{'' if day is None else day}" for age, day in rows]
    return written(path / "t.csv", "\n".join(["age,admitted", *cells, ""]))


def as_times(path: Path) -> Path:
    days = ["" if day is None else f"{day}T23:59Z" for day in DAYS]
    cells = [f"{'' if age is None else age},{day}" for age, day in zip(AGES, days, strict=True)]
    return written(path / "t.csv", "\n".join(["age,admitted", *cells, ""]))


def as_parquet(kind: pa.DataType) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        columns = {"age": pa.array(AGES, pa.float64()), "admitted": pa.array(DAYS).cast(kind)}
        pq.write_table(pa.table(columns), path / "t.parquet")
        return path / "t.parquet"

    return write


@pytest.mark.parametrize(
    "write",
    [as_csv, as_times, *map(as_parquet, (pa.date32(), pa.date64(), pa.timestamp("us")))],
)
def test_file_is_counted_in_bins_and_parts(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    declaration = declared()
    schema = declaration.schema
    encoder = Encoder(schema, CountedInMemory())
    table = open_table(write(tmp_path), declaration.layout)
    batches = [encoder.encode(batch) for batch in table.batches()]
    moments = [(factor,) for factor in schema.factors]
    sums = local_moments(schema, moments, batches, 1 << 20) / (1 << 20)
    found = {
        factor.id: int(count) for factor, count in zip(schema.factors, sums, strict=True) if count
    }
    del found["age"]
    assert found == {
        "#valid": 8,
        "age.bin=%5B0%2C%2010%29": 2,
        "age.bin=%5B10%2C%2040%29": 2,
        "age.bin=%5B40%2C%2080%5D": 4,
        "admitted.year=2019": 1,
        "admitted.year=2020": 4,
        "admitted.year=OTHER": 3,
        "admitted.month=2": 1,
        "admitted.month=6": 2,
        "admitted.month=12": 2,
        "admitted.month=OTHER": 3,
        "admitted.weekday=Sunday": 1,
        "admitted.weekday=Saturday": 1,
        "admitted.weekday=Thursday": 1,
        "admitted.weekday=Monday": 2,
        "admitted.weekday=OTHER": 3,
    }
    ages, days = report(write(tmp_path), declaration).encoding.columns
    assert (ages.clipped, ages.missing) == (2, 1)
    assert (days.other, days.missing, days.unreadable) == (2, 1, 0)


def test_answers_are_those_of_the_rows() -> None:
    schema = declared().schema
    face = Dataset(schema)["age"]
    assert isinstance(face, BinnedNumber)
    asked = {"median": face.median(), "above": face.histogram(), "ecdf": face.ecdf()}
    named = tuple(NamedStatistic(name, 1, one.statistic) for name, one in asked.items())
    plan = Plan(PLAN_VERSION, ("stays",), "gaussian", named)
    rows = {"age": AGES, "admitted": [None if day is None else f"{day}" for day in DAYS]}
    median, above, ecdf = plaintext_answers(plan, schema, rows, PRODUCTS)
    assert [cell.value for cell in median.cells] == [40]
    assert [cell.value for cell in above.cells] == [2, 2, 4]
    assert [(cell.labels, cell.value) for cell in ecdf.cells] == [(("10",), 0.25), (("40",), 0.5)]


def test_day_that_is_none_is_left_out_where_the_rule_says_so(tmp_path: Path) -> None:
    text = _TOML.replace("BINS", "[]").replace('null = "other"', 'null = "drop_row"')
    path = written(tmp_path / "t.csv", "age,admitted\n1,2020-01-01\n2,1.1.2020\n3,\n4,1999-01-01\n")
    found = report(path, parse_declaration(text)).encoding
    assert (found.rows_kept, found.dropped_null) == (2, 2)
    assert found.columns[1].unreadable == 1


def test_number_of_bins_becomes_edges_of_the_schema() -> None:
    age, admitted = declared("{count = 4}").schema.columns
    assert isinstance(age, NumericColumn)
    assert age.bins == ("0", "20", "40", "60", "80")
    assert isinstance(admitted, DateColumn)
    assert (admitted.first, admitted.last) == ("2019-12-01", "2020-12-31")


@pytest.mark.parametrize(
    ("bins", "seen"),
    [
        ("[0, 10]", "from 0 to 10|1 bins"),
        ("[0, 90, 80]", "bins"),
        ("{count = 1}", "bins: 1 bins"),
        ("{count = 4.5}", "bins.count"),
        ("{number = 4}", "number is not known"),
        ('"ten"', "expected a list"),
        ('[0, "ten", 80]', "ten"),
    ],
)
def test_bins_that_cannot_be_are_refused_by_their_key(bins: str, seen: str) -> None:
    with pytest.raises(Refused, match=seen) as refused:
        declared(bins)
    assert refused.value.code == "declaration-invalid"


@pytest.mark.parametrize("first", ['"1.12.2019"', "2019", "2019-12-01T00:00:00", "2021-01-01"])
def test_days_that_cannot_be_are_refused(first: str) -> None:
    with pytest.raises(Refused, match=r"first|day"):
        parse_declaration(_TOML.replace("BINS", "[]").replace("2019-12-01", first))


def test_arrow_dates_are_proposed_as_dates(tmp_path: Path) -> None:
    text = propose_declaration(as_parquet(pa.date32())(tmp_path), "stays")
    assert 'name = "admitted"\ntype = "date"' in text
    assert "bins = {count = 20}" in text
