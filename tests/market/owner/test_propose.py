"""What `propose` writes, `publish` takes once it is filled in: for any header a table can have."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world.tables import report, written

from market.entities.draft import MOST_DRAFT_COLUMNS
from market.errors import Refused
from market.owner.declaration.describe import parse_declaration
from market.owner.drafting.propose import propose_declaration, propose_draft
from market.plan.cells import normal_text
from market.policy.budget.contradictions import unanswerable
from market.tables.encode import ColumnReport

ODD = [
    "2020 cases",
    "Who should have control over the window shade at night?",
    "Who should have control over the window shade at night!",
    "Größe",
    "Grösse",
    "年齢",
    "氏名",
    "Body Mass (kg)",
    "body mass kg",
    'a "quoted" one',
    "x=y, z",
    "visits",
    "Visits.",
    "visits_2",
    "_",
    "\x7fdel",
    "😀",
]


def filled(text: str) -> str:
    """A proposal whose owner knows everything: all columns are numbers of 0 to 10."""
    values = {
        "capacity_rows": "100",
        "budget_epsilon": "8",
        "buyer_epsilon": "8",
        "job_epsilon": "4",
        "low": "0",
        "high": "10",
    }
    for key, value in values.items():
        text = text.replace(f'\n{key} = ""', f"\n{key} = {value}")
    for kind in ('type = ""\nmeaning = ""\n', 'type = "numeric"\nmeaning = ""\n'):
        text = text.replace(kind, 'type = "numeric"\nmeaning = "m"\n')
    text = text.replace('meaning = "m"\n\n', 'meaning = "m"\nlow = 0\nhigh = 10\nnull = "low"\n\n')
    text = f"{text}\n\n".replace(
        'meaning = "m"\n\n', 'meaning = "m"\nlow = 0\nhigh = 10\nnull = "low"\n\n'
    )
    return text.replace(' = ""\n', ' = "some"\n')


def round_trip(path: Path) -> tuple[ColumnReport, ...]:
    declaration = parse_declaration(filled(propose_declaration(path, "made")))
    return report(path, declaration).encoding.columns


def as_csv(path: Path, headers: list[str], separator: str = ",") -> Path:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerows([headers, range(len(headers))])
    return written(path, text.getvalue())


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_odd_headers_come_back_in_order(tmp_path: Path, separator: str) -> None:
    columns = round_trip(as_csv(tmp_path / "t.csv", ODD, separator))
    assert len(columns) == len(ODD)
    assert all(one == ColumnReport(one.name, one.clipped, 0, 0, 0) for one in columns)
    # The value under a header is its place: beyond the tenth all are clipped.
    assert [one.clipped for one in columns] == [int(place > 10) for place in range(len(ODD))]


def test_odd_headers_of_parquet_come_back_with_their_types(tmp_path: Path) -> None:
    pq.write_table(pa.table({header: [1.5] for header in ODD}), tmp_path / "t.parquet")
    columns = round_trip(tmp_path / "t.parquet")
    assert columns == tuple(ColumnReport(one.name, 0, 0, 0, 0) for one in columns)
    assert len(columns) == len(ODD)


HEADER = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0\r\n"), max_size=60
)


@settings(max_examples=60)
@given(st.lists(HEADER, min_size=2, max_size=6, unique_by=normal_text))
def test_any_distinct_headers_come_back(
    tmp_path_factory: pytest.TempPathFactory, headers: list[str]
) -> None:
    # A byte order mark in front is not part of the first header, and a table has some column.
    headers = ["first", *headers]
    if len(set(map(normal_text, headers))) < len(headers):
        return
    path = as_csv(tmp_path_factory.mktemp("any") / "t.csv", headers)
    columns = round_trip(path)
    assert len(columns) == sum(bool(header.strip()) for header in headers)
    assert all(one == ColumnReport(one.name, 0, 0, 0, 0) for one in columns)


def test_names_need_no_header_where_they_tell(tmp_path: Path) -> None:
    text = propose_declaration(as_csv(tmp_path / "t.csv", ["Person Id", "visits"]), "made")
    assert 'name = "person_id"' in text
    assert "\nheader =" not in text
    assert "\nseparator =" not in text


def test_header_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="table-column-twice"):
        propose_declaration(as_csv(tmp_path / "t.csv", ["visits", "visits"]), "made")


def test_file_without_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="table-unreadable"):
        propose_declaration(written(tmp_path / "t.csv", ""), "made")


COLUMNS = {
    "n": pa.array([1.5]),
    "m": pa.array([2]),
    "yes": pa.array([True]),
    "name": pa.array(["a"]),
    "sort": pa.array(["b"]),
}


@pytest.mark.parametrize(
    "names",
    [chosen for size in (1, 2, 3) for chosen in itertools.combinations(COLUMNS, size)],
    ids="-".join,
)
def test_proposed_policy_answers_whatever_it_sells(tmp_path: Path, names: tuple[str, ...]) -> None:
    pq.write_table(pa.table({name: COLUMNS[name] for name in names}), tmp_path / "t.parquet")
    text = propose_declaration(tmp_path / "t.parquet", "made")
    declaration = parse_declaration(completed(text))
    assert unanswerable(declaration.policy, declaration.schema) == ()


def test_what_the_proposal_only_mentions_stands_where_publish_takes_it(tmp_path: Path) -> None:
    text = completed(propose_declaration(written(tmp_path / "t.csv", "age\n"), "made"))
    text = text.replace('type = "some"\n', 'type = "numeric"\nlow = 0\nhigh = 9\nnull = "low"\n')
    text = text.replace("recomputation = true", "recomputation = false")
    assert parse_declaration(text).encrypted_for is None
    assert (
        parse_declaration(text.replace("# encrypted_for", "encrypted_for")).encrypted_for == "sums"
    )


def completed(text: str) -> str:
    """A proposal filled in, every column of the type that was proposed."""
    for key, value in (("low", "0"), ("high", "10"), ("capacity_rows", "100")):
        text = text.replace(f'\n{key} = ""', f"\n{key} = {value}")
    for key in ("budget", "buyer", "job"):
        text = text.replace(f'\n{key}_epsilon = ""', f"\n{key}_epsilon = 4")
    return text.replace("levels = []", 'levels = ["a"]').replace(' = ""\n', ' = "some"\n')


@pytest.mark.parametrize("dataset", ["p", "My Visits", "visits_2024", "2024-visits", "v" * 61, ""])
def test_id_that_publish_would_refuse_is_not_proposed(tmp_path: Path, dataset: str) -> None:
    with pytest.raises(Refused, match="3 to 60 characters") as refused:
        propose_declaration(written(tmp_path / "t.csv", "age\n"), dataset)
    assert refused.value.code == "dataset-id"


def test_draft_of_more_columns_than_a_listing_takes_is_refused(tmp_path: Path) -> None:
    names = [f"answer_{place}" for place in range(MOST_DRAFT_COLUMNS + 1)]
    table = tmp_path / "survey.csv"
    table.write_text(",".join(names[:-1]) + "\n")
    assert len(propose_draft(table, "survey").columns) == MOST_DRAFT_COLUMNS
    table.write_text(",".join(names) + "\n")
    with pytest.raises(Refused, match=r"table-too-wide: survey\.csv has 257 columns"):
        propose_draft(table, "survey")
