"""Columns to a file: CSV or Parquet, by the ending of its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from market.errors import Refused

ENDINGS = (".csv", ".parquet")


def check_ending(path: Path) -> None:
    """That a file's name says which format it has (raises Refused, `synthetic-format`)."""
    if path.suffix.lower() not in ENDINGS:
        raise Refused(
            "synthetic-format",
            f"{path.name} ends in {path.suffix or 'nothing'}, expected {' or '.join(ENDINGS)}.",
            "Give --out a name such as table.csv or table.parquet.",
        )


def write_table(path: Path, columns: Mapping[str, NDArray[Any]]) -> None:
    """Write the columns, in their order, with their names; texts, booleans and numbers stay such.

    Raises:
        Refused: `synthetic-format`.
        OSError: the file cannot be written.
    """
    check_ending(path)
    table = pa.table({name: pa.array(_plain(values)) for name, values in columns.items()})
    if path.suffix.lower() == ".csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pyarrow.parquet.write_table(table, path)


def _plain(values: NDArray[Any]) -> NDArray[Any] | list[str]:
    return list(values) if values.dtype == np.object_ else values
