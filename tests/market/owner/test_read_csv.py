"""Every row of a CSV has the header's cells, or its line is named and nothing is guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world.tables import boolean, categorical, declared, numeric, opened, report, written

from market.errors import Refused
from market.owner.table.csv_records import csv_rows, csv_start
from market.owner.table.plain_csv import plain_blocks
from market.owner.table.read_table import read_header
from market.tables.encode import ColumnReport

AGE = declared(numeric("age", 0, 120), numeric("visits"))
HEADER = "age,visits,note\n"


def refusal(tmp_path: Path, content: str | bytes, declaration: object = AGE) -> Refused:
    path = written(tmp_path / "t.csv", content)
    with pytest.raises(Refused) as refused:
        report(path, declaration)  # type: ignore[arg-type]
    return refused.value


@pytest.mark.parametrize(
    ("content", "line"),
    [
        # A separator at the end of rows but not of the header shifts every column.
        ("patient,age,visits,cost\nA1,30,1,100,\nA2,30,2,200,\n", 2),
        ("patient,age,visits,cost\nA1,30,1,100,\nA2,30,2,200\n", 2),
        ("patient,age,visits,cost\nA1,30,1,100\nA2,30,2,200,\n", 3),
        ("patient,age,visits,cost,\nA1,30,1,100\n", 2),
        # Short and long rows.
        (HEADER + "30,1\n40\n50,3,x\n", 2),
        (HEADER + "30,1,x\n40\n50,3,x\n", 3),
        (HEADER + "30,1,x\n40,2,b,c\n", 3),
        (HEADER + "30,1,x\n   \n50,3,x\n", 3),
        (HEADER + "30,1,x\r40,2\r", 3),
        (HEADER + "30,1,a\rb\n", 3),
        # A stray quote swallows rows.
        (HEADER + '30,1,"6 ft\n40,2,x\n50,3,7"\n60,4,y\n', 2),
        (HEADER + '20,1,z\n30,1,"6 ft\n40,2,7"\n', 3),
        (HEADER + '30,"1,x\n40,2",y\n', 2),
        (HEADER + '"30,1,x\n40",2,y\n', 2),
        (HEADER + '30,1,"6 ft\n40,2,""\n50,3,7"\n', 2),
        (HEADER + '30,1,"6 ft\n40,2,x\n', 2),
        (HEADER + '30,1,"6" ft\n', 2),
        # However it goes on between the line it opens on and the line it closes on.
        (HEADER + '30,1,"6 ft\n\n40,2,7"\n50,3,x\n', 2),
        (HEADER + '20,1,z\n30,1,"6 ft\n\n40,2\n50,3,7"\n', 3),
        ('age,visits,"note\n30,1,7"\n40,2,x\n', 1),
        ('age,visits,"note\n30,1,x\n\n40,2,7"\n50,3,x\n', 1),
        (HEADER + '30,1,"a\\"b"\n', 2),
        (HEADER + '30,1, "a,b"\n', 2),
        # An empty line among rows.
        (HEADER + "30,1,x\n\n50,3,x\n", 3),
        (HEADER + "30,1,x\n\n\n50,3,x\n", 3),
    ],
)
def test_first_wrong_line_is_named(tmp_path: Path, content: str, line: int) -> None:
    refused = refusal(tmp_path, content)
    assert refused.code == "table-line"
    assert refused.message.startswith(f"Line {line} ")


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "30,1,x\n40,2,y\n",
        HEADER + "30,1,x\n40,2,y",
        HEADER + "30,1,x\n40,2,y\n\n\n",
        (HEADER + "30,1,x\n40,2,y\n").replace("\n", "\r\n"),
        (HEADER + "30,1,x\n40,2,y\n").replace("\n", "\r"),
        "\ufeff" + HEADER + "30,1,x\n40,2,y\n",
        '"age","visits","note"\n"30","1","x, y"\n"40","2",""\n',
        HEADER + '30,1,"said ""no"" twice"\n40,2,6" tall\n',
        HEADER + '30,1,"two\nlines"\n40,2,"three\r\nmore\n"\n',
        'note,age,visits\n"two\nlines",30,1\n"",40,2\n',
        '"a\nnote",age,visits\nx,30,1\ny,40,2\n',
        "age,visits,,\n30,1,,\n40,2,,\n",
        HEADER + "30,1," + "x" * 200_000 + '\n40,2,"' + "long " * 40_000 + '"\n',
        "age,visits," + "n" * 200_000 + "\n30,1,x\n40,2,y\n",
    ],
)
def test_well_formed_file_is_read(tmp_path: Path, content: str) -> None:
    found = report(written(tmp_path / "t.csv", content), AGE).encoding
    assert found.rows_kept == 2
    assert found.columns == (ColumnReport("age", 0, 0, 0, 0), ColumnReport("visits", 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "table-unreadable"),
        ("\n\n", "table-unreadable"),
        ('"age,visits\n', "table-unreadable"),
        ("age,visits\n30,\x00\n", "table-encoding"),
        ("age,visits\n30,1\n".encode("utf-16"), "table-encoding"),
        ("age,visits\n30,1\n".encode("utf-16-le"), "table-encoding"),
        ("age,visits\n30,1\n".encode("utf-32-be"), "table-encoding"),
        (b"age,visits\n30,1\n40,\xff\n", "table-encoding"),
        (b"age,visits,Gr\xf6\xdfe\n30,1,2\n", "table-encoding"),
        ("age,visits\n" + "3" * 16_000_000 + ",1\n", "table-unreadable"),
    ],
)
def test_file_that_is_no_text_table_is_refused(
    tmp_path: Path, content: str | bytes, code: str
) -> None:
    assert refusal(tmp_path, content).code == code


def test_line_that_is_no_text_is_named(tmp_path: Path) -> None:
    refused = refusal(tmp_path, b"age,visits\n30,1\n40,\xff\n")
    assert refused.message == "Line 3 of t.csv is not UTF-8 text."


def test_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    assert report(written(tmp_path / "t.csv", "age,visits\n"), AGE).encoding.rows_seen == 0


@pytest.mark.parametrize("content", ["age\n30\n\n40\n", "age\n30\n\n", "age\n\n"])
def test_empty_line_of_one_column_could_be_a_missing_value(tmp_path: Path, content: str) -> None:
    refused = refusal(tmp_path, content, declared(numeric("age")))
    assert refused.code == "table-line"
    assert 'write ""' in refused.next_action
    quoted = written(tmp_path / "q.csv", content.replace("\n\n", '\n""\n'))
    assert report(quoted, declared(numeric("age"))).encoding.columns[0].missing == 1


def test_refusals_quote_no_cell(tmp_path: Path) -> None:
    for content in ('30,1,"hidden\n40,2,x"\n', "30,hidden\n", '30,1,"hidden" x\n', '30,1,"hidden'):
        assert "hidden" not in str(refusal(tmp_path, HEADER + content))


@pytest.mark.parametrize(
    "header",
    [
        "male,female,male,female",
        "male,female,note,note",
        "male,female, male",
        "male,female,Gr\u00f6\u00dfe,Gro\u0308\u00dfe",
    ],
)
def test_header_that_stands_twice_is_refused_before_any_renaming(
    tmp_path: Path, header: str
) -> None:
    row = ",".join("1" for _ in header.split(","))
    refused = refusal(tmp_path, f"{header}\n{row}\n", declared(numeric("male"), numeric("female")))
    assert refused.code == "table-column-twice"


def test_headers_that_differ_in_signs_alone_are_told_apart_by_header(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "Visits,visits,age\n100,1,30\n")
    with pytest.raises(Refused) as refused:
        report(path, AGE)
    assert refused.value.code == "table-column-twice"
    chosen = declared(numeric("visits", 0, 10, 'header = "visits"\n'))
    assert report(path, chosen).encoding.columns[0].clipped == 0
    other = declared(numeric("visits", 0, 10, 'header = "Visits"\n'))
    assert report(path, other).encoding.columns[0].clipped == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("age;visits;cost\n30;1;100,5\n40;2;200,5\n", "semicolon (;)"),
        ("age;visits;name\n30;1;a\n40;2;b,c\n", "semicolon (;)"),
        ("age\tvisits\n30\t1\n40\t2\n", "tab"),
        ("age|visits\n30|1\n40|2\n", "bar (|)"),
        ("age,visits;note\n30,1\n40,2\n", "comma (,)"),
        ("age,visits,a;b;c;d\n30,1,x\n40,2,y\n", "comma (,)"),
        ("visits;age;a,b\n1;30;x\n2;40;y\n", "semicolon (;)"),
    ],
)
def test_separator_is_found_by_the_declared_names_and_said(
    tmp_path: Path, content: str, name: str
) -> None:
    declaration = declared(numeric("age"))
    found = report(written(tmp_path / "t.csv", content), declaration)
    assert found.read_as == f"CSV, separated by {name}"
    assert (found.encoding.rows_kept, found.encoding.columns[0].unreadable) == (2, 0)


def test_declared_separator_is_taken_and_no_other(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "age:visits\n30:1\n")
    assert report(path, declared(numeric("age"), top='separator = ":"\n')).encoding.rows_kept == 1
    with pytest.raises(Refused, match="Read as declared, separated by semicolon"):
        report(path, declared(numeric("age"), top='separator = ";"\n'))


def test_header_without_a_declared_name_says_what_was_tried(tmp_path: Path) -> None:
    refused = refusal(tmp_path, "Alter;Besuche\n30;1\n")
    assert refused.code == "table-column-missing"
    assert "“age”" in refused.message
    assert "“Alter”, “Besuche”" in refused.message
    assert "tried were comma (,), semicolon (;), tab, bar (|)" in refused.message


@pytest.mark.parametrize(
    "header",
    [
        "2020 cases",
        "Who should have control over the window shade at night?",
        "Größe (cm)",
        "年齢",
        'so-called "age", in years',
        "two\nlines",
        "Body\u00a0Mass",
    ],
)
def test_any_header_is_mapped_by_header(tmp_path: Path, header: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["x", header], ["-", "30"], ["-", "40"]])
    escaped = header.replace('"', '\\"').replace("\n", "\\n")
    declaration = declared(numeric("age", 0, 120, f'header = "{escaped}"\n'))
    found = report(written(tmp_path / "t.csv", text.getvalue()), declaration).encoding
    assert (found.rows_kept, found.ignored_columns) == (2, ("x",))
    assert found.columns == (ColumnReport("age", 0, 0, 0, 0),)


@pytest.mark.parametrize("unit", ["Patient", "Patient-ID", "patient__id_"])
def test_name_is_found_as_it_stands(tmp_path: Path, unit: str) -> None:
    path = written(tmp_path / "t.csv", f"{unit},age\n1,30\n1,40\n")
    declaration = declared(numeric("age"), unit=f'column = "{unit}"\n')
    assert report(path, declaration).encoding.dropped_beyond_unit == 1


def test_declared_codes_are_missing_for_numbers_text_and_units(tmp_path: Path) -> None:
    path = written(
        tmp_path / "t.csv",
        "patient,t,g,flag\n1,18.1,a,yes\nNA,20.3,a,no\n2,-200,?,yes\n3,-200.0,?,unknown\n"
        "n/a,NA,a,no\n4,-2e2,a,unknown\n",
    )
    declaration = declared(
        numeric("t", -50, 60, 'missing = [-200, "NA"]\n'),
        categorical("g", ["a"], 'missing = ["?"]\n'),
        boolean("flag", 'missing = ["unknown"]\n'),
        unit='column = "patient"\nmissing = ["NA", "n/a"]\n',
    )
    found = report(path, declaration).encoding
    assert found.columns == (
        ColumnReport("t", clipped=0, missing=4, unreadable=0, other=0),
        ColumnReport("g", clipped=0, missing=2, unreadable=0, other=0),
        ColumnReport("flag", clipped=0, missing=2, unreadable=0, other=0),
    )
    assert (found.dropped_without_unit, found.units_kept) == (2, 4)


@pytest.mark.parametrize(
    ("code", "spellings"),
    [
        ("-200", ["-200", "-0200", "-200.", "-2E+2", " -200.0 "]),
        ("999", ["999", "+999", "0999", "999.", "9.99e2"]),
        ("0", ["0", "-0", "+0", "000", ".0", "0e5"]),
        ('"NA"', ["NA", " NA "]),
    ],
)
def test_declared_code_of_numbers_is_missing_as_often_as_it_would_be_read(
    tmp_path: Path, code: str, spellings: list[str]
) -> None:
    path = written(tmp_path / "t.csv", "\n".join(["t", *spellings, "7", ""]))
    found = report(path, declared(numeric("t", -300, 1000, f"missing = [{code}]\n"))).encoding
    assert found.columns == (ColumnReport("t", 0, len(spellings), 0, 0),)


def test_declared_code_of_ids_names_nobody_in_any_spelling_of_one_person(tmp_path: Path) -> None:
    spellings = ["NA", "na", "N A", "0", "000", "0.0", "+0"]
    path = written(tmp_path / "t.csv", "\n".join(["id,age", *(f"{s},3" for s in spellings), "1,4"]))
    unit = 'column = "id"\nmissing = ["NA", 0]\n'
    found = report(path, declared(numeric("age"), unit=unit)).encoding
    assert (found.dropped_without_unit, found.units_kept) == (len(spellings), 1)


def test_header_is_read_without_a_row(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", b"Age; Visits \n" + b"\xff" * 10)
    header = read_header(path)
    assert header.columns == (("Age", ""), (" Visits ", ""))
    assert header.separator == ";"


@pytest.mark.parametrize("name", ["none.csv", "t.xlsx", "t"])
def test_file_that_is_not_there_or_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused) as refused:
        opened(tmp_path / name, AGE)
    assert refused.value.code == "table-unreadable"


CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r\n"), max_size=9)


@given(
    st.integers(2, 4).flatmap(
        lambda width: st.lists(
            st.lists(CELL, min_size=width, max_size=width), min_size=2, max_size=9
        )
    ),
    st.sampled_from(("\n", "\r\n", "\r")),
    st.sampled_from((",", ";", "\t", "|")),
)
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], end: str, separator: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(rows)
    # A byte order mark in front is not part of the first header.
    content = text.getvalue()
    if content.startswith("\ufeff"):
        content = "x" + content
    path = written(tmp_path_factory.mktemp("csv") / "t.csv", content)
    assert list(csv_rows(path, separator, *csv_start(path, separator))) == rows[1:]


LINES = st.lists(
    st.one_of(
        st.just("7,3.5\n"),
        st.from_regex(r"[a-z0-9 é]{0,4},[a-z0-9 .]{0,4}\r?\n", fullmatch=True),
        st.sampled_from(['"q",2\n', '"a\nb",2\n', "\n", "1,2,3\n", "1\n", "1,2\r", "1,\0\n", '"']),
    ),
    max_size=12,
)


@given(
    LINES, st.booleans(), st.integers(1, 40), st.sampled_from(["a,b\n", '"a",b\r\n', "\ufeffa,b\n"])
)
def test_plain_blocks_and_records_read_one_table(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[str],
    is_cut: bool,
    block_bytes: int,
    header: str,
) -> None:
    text = header + "".join(lines)
    path = written(tmp_path_factory.mktemp("csv") / "t.csv", text[: -1 if is_cut else None])

    def by_records() -> list[list[str]]:
        return list(csv_rows(path, ",", *csv_start(path, ",")))

    def in_blocks() -> list[list[str]]:
        start, width = csv_start(path, ",")
        rows = [
            list(row)
            for block in plain_blocks(path, start, ",", width, [0, 1], block_bytes)
            for row in zip(*(column.to_pylist() for column in block), strict=True)
        ]
        return rows + list(csv_rows(path, ",", start, width))

    assert outcome(in_blocks) == outcome(by_records)


def outcome(read: Callable[[], list[list[str]]]) -> list[list[str]] | str:
    try:
        return read()
    except Refused as refused:
        return f"{refused.code} {refused.message}"


def test_plain_lines_are_read_in_blocks(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "a,b\n" + "1,2\r\n" * 1_000 + '"3",4\n5,6\n')
    start, width = csv_start(path, ",")
    blocks = list(plain_blocks(path, start, ",", width, [1, 0], 2_000))
    assert sum(len(block[0]) for block in blocks) > 600
    assert {tuple(column[0].as_py() for column in block) for block in blocks} == {("2", "1")}


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_but_with_a_code(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = written(tmp_path_factory.mktemp("csv") / "t.csv", b"age,visits\n" + content)
    try:
        report(path, AGE)
    except Refused as refused:
        assert refused.code in {"table-line", "table-encoding", "table-unreadable"}  # noqa: PT017


def test_decimal_commas_are_read_where_they_are_declared(tmp_path: Path) -> None:
    content = "cost;days\n" + "".join(
        f"{cost};{days}\n"
        for cost, days in (
            ("12,50", "4.7"),
            ("-3", "4,7"),
            ("1.234,50", "1"),
            ("1.234", "1"),
            ("999,9", "1"),
            ("k.A.", "1"),
        )
    )
    found = report(
        written(tmp_path / "t.csv", content),
        declared(
            numeric("cost", -50, 60, 'decimal = ","\nmissing = [999.9, "k.A."]\n'),
            numeric("days", 0, 10),
        ),
    ).encoding
    assert found.columns == (
        ColumnReport("cost", clipped=0, missing=2, unreadable=2, other=0),
        ColumnReport("days", clipped=0, missing=0, unreadable=1, other=0),
    )


def test_quote_open_within_one_line_is_named_by_that_line_alone(tmp_path: Path) -> None:
    refused = refusal(tmp_path, HEADER + '30,1,"6" ft\n')
    assert refused.message == "Line 2 opens a quote that is not closed well."
