"""An owner's table as a data frame, or a refusal before anything is encrypted or sent.

Refused is what is wrong with the file: it cannot be read, it is not UTF-8, a declared column is
missing or stands twice. Single values never fail here; encoding clips and maps them and counts
what it did (market.plan.encode). Header names are compared in normal form: `Body Mass` is
`body_mass`.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from market.errors import Refused
from market.plan.schema import Schema

_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def read_table(path: Path, schema: Schema) -> pd.DataFrame:
    """Read a .csv or .parquet file and check it against the declared columns.

    Cells of a CSV stay text: what each means is decided when it is encoded.

    Raises:
        Refused: `table-unreadable`, `table-encoding`, `table-column-missing`,
            `table-column-twice`.
    """
    return check_frame(_read_file(path), schema)


def check_frame(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """A frame with its header in normal form, holding every declared column once."""
    names = [normal_name(str(name)) for name in frame.columns]
    wanted = [column.name for column in schema.columns]
    if schema.privacy_unit.column is not None:
        wanted.append(schema.privacy_unit.column)
    for name in wanted:
        if name not in names:
            raise Refused(
                "table-column-missing",
                f"The table has no column {name}; it has {', '.join(names)[:400]}.",
                "Correct the table's header or dataset.toml; nothing was sent.",
            )
        if names.count(name) > 1:
            raise Refused(
                "table-column-twice",
                f"The table has {names.count(name)} columns called {name}.",
                "Rename or remove one; nothing was sent.",
            )
    return frame.set_axis(names, axis="columns")


def normal_name(header: str) -> str:
    """A header as a column name: lower-case words joined by underscores."""
    return _NOT_A_WORD.sub("_", header.strip().lower()).strip("_")


def read_header(path: Path) -> list[tuple[str, str]]:
    """(name, type) of each column, without a single value: a CSV's first line, which tells no
    types (they are empty), or a Parquet file's schema.

    Raises:
        Refused: `table-unreadable` or `table-encoding`.
    """
    if path.suffix.lower() == ".parquet":
        try:
            schema = pq.read_schema(path)
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(path, type(error).__name__) from error
        return [(normal_name(field.name), _kind(field.type)) for field in schema]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except UnicodeDecodeError as error:
        raise _encoding(path) from error
    except (OSError, csv.Error) as error:
        raise _unreadable(path, type(error).__name__) from error
    return [(normal_name(name), "") for name in header]


def _read_file(path: Path) -> pd.DataFrame:
    kind = path.suffix.lower()
    if kind not in (".csv", ".parquet"):
        raise Refused(
            "table-unreadable",
            f"{path.name} is a {kind or 'nameless'} file, expected .csv or .parquet.",
            "Save the table in one of these forms; nothing was sent.",
        )
    try:
        if kind == ".parquet":
            return pd.read_parquet(path)
        text = path.read_bytes().decode("utf-8-sig")
        return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, na_values=[""])
    except UnicodeDecodeError as error:
        raise _encoding(path) from error
    except (OSError, ValueError, pa.ArrowException) as error:
        # The parser's own words may quote a row.
        raise _unreadable(path, type(error).__name__) from error


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "numeric"
    return "categorical"


def _encoding(path: Path) -> Refused:
    return Refused(
        "table-encoding",
        f"{path.name} is not UTF-8 text.",
        "Save it as CSV in UTF-8; nothing was sent.",
    )


def _unreadable(path: Path, reason: str) -> Refused:
    return Refused(
        "table-unreadable",
        f"{path.name} cannot be read as a table ({reason}).",
        "Check the path and that every row has as many cells as the header; nothing was sent.",
    )
