"""The rows after the first so many, in whatever batches they come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from market.owner.publish.new_rows import NewRows, rows_after
from market.plan.schema import NumericColumn, PrivacyUnit, Schema
from market.tables.coded_rows import CodedRows

SCHEMA = Schema(
    "long",
    (NumericColumn("x", "0", "1", "m", "u", "low", None, None),),
    PrivacyUnit(None, 1, "a row"),
    1_000,
    (),
)
SIZES = st.lists(st.integers(0, 9), max_size=8)


def batches_of(sizes: list[int]) -> list[CodedRows]:
    found, first = [], 0
    for size in sizes:
        found.append(CodedRows(SCHEMA, size, {"x": np.arange(first, first + size, dtype=float)}))
        first += size
    return found


def values(batches: list[CodedRows]) -> list[float]:
    return [value for batch in batches for value in batch.codes["x"]]


@given(SIZES, st.integers(0, 80), st.integers(0, 80))
def test_rows_after_the_first_are_held_or_read_again(
    sizes: list[int], first: int, most: int
) -> None:
    batches, rows = batches_of(sizes), sum(sizes)
    wanted = list(map(float, range(first, rows)))
    assert values(list(rows_after(first, batches))) == wanted
    new = NewRows(first, most_rows=most)
    for batch in batches:
        new.add(batch)
    held = new.held()
    if len(wanted) > most:
        assert held is None
    else:
        assert held is not None
        assert values(held) == wanted
