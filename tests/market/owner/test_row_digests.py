"""Blocks of rows are known again, however they come, and by whoever has the key alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crypto.secret import Secret
from market.owner.table.row_digests import RowDigests
from market.plan.schema import NumericColumn, PrivacyUnit, Schema
from market.tables.coded_rows import CodedRows
from market.vault.row_blocks import RowBlocks

BLOCK = 64
SCHEMA = Schema(
    "visits",
    tuple(NumericColumn(name, "0", "1", "m", "u", "low", None, None) for name in ("x", "y")),
    PrivacyUnit(None, 1, "a row"),
    1_000,
    (),
)
KEY = Secret(bytes(32))
X, Y = np.random.default_rng(1).uniform(-1, 1, (2, 300))


def digested(
    rows: int, batch: int, *, schema: Schema = SCHEMA, key: Secret = KEY, x: np.ndarray = X
) -> RowBlocks:
    digests = RowDigests(schema, key, BLOCK)
    for first in range(0, rows, batch):
        last = min(first + batch, rows)
        digests.add(CodedRows(schema, last - first, {"x": x[first:last], "y": Y[first:last]}))
    return digests.blocks()


@pytest.mark.parametrize("batch", [1, 7, 64, 100, 300])
def test_same_rows_are_known_again_in_whatever_batches_they_come(batch: int) -> None:
    assert digested(300, batch) == digested(300, 300)
    assert len(digested(300, batch).digests) == 300 // BLOCK


def test_rows_that_are_appended_leave_the_blocks_before_as_they_are() -> None:
    before = digested(130, 50)
    assert digested(300, 70).begins_with(before)
    assert not before.begins_with(digested(300, 70))
    assert digested(130, 50, schema=replace(SCHEMA, capacity_rows=5_000)) == before


def test_one_changed_cell_changes_its_block_and_no_other() -> None:
    changed = X.copy()
    changed[70] += 2**-30
    one, other = digested(300, 300), digested(300, 300, x=changed)
    assert [a == b for a, b in zip(one.digests, other.digests, strict=True)] == [
        True, False, True, True,
    ]  # fmt: skip
    assert not other.begins_with(one)


def test_other_declaration_is_other_rows() -> None:
    wider = tuple(replace(column, high="2") for column in SCHEMA.columns)
    assert not digested(300, 300, schema=replace(SCHEMA, columns=wider)).begins_with(
        digested(300, 300)
    )


def test_digests_are_keyed() -> None:
    other = digested(300, 300, key=Secret(bytes([1]) * 32))
    assert not set(other.digests) & set(digested(300, 300).digests)
