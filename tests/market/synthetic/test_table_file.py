"""The file has the owner's names and types, whichever format it has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from market.errors import Refused
from market.synthetic.attributes import Bins, Levels, Truth, values_of
from market.synthetic.table_file import write_table

ATTRIBUTES = (
    Levels("health", ('good, or "well"', "Zürich/Süd", "OTHER")),
    Truth("child"),
    Bins("visits", ("0", "1", "9.5")),
)


def columns() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(1)
    codes = np.stack([generator.integers(0, size, 200) for size in (3, 2, 2)], axis=1)
    return values_of(ATTRIBUTES, codes, generator)


@pytest.mark.parametrize("name", ["table.csv", "table.parquet", "TABLE.CSV"])
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    written = columns()
    write_table(tmp_path / name, written)
    read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
    table = read(tmp_path / name)
    assert list(table.columns) == ["health", "child", "visits"]
    assert table["child"].dtype == np.bool_
    assert table["visits"].dtype == np.float64
    for column, values in written.items():
        assert list(table[column]) == list(values)


@pytest.mark.parametrize("name", ["table.xlsx", "table"])
def test_another_format_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused) as refused:
        write_table(tmp_path / name, columns())
    assert refused.value.code == "synthetic-format"
    assert list(tmp_path.iterdir()) == []
