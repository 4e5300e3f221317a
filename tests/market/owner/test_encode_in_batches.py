"""However a table is cut into batches and blocks, the same rows stay with the same codes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import Case, as_columns, cases

from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from market.owner.table.contributions_on_disk import ContributionsOnDisk
from market.tables.coded_rows import CodedRows, RowQueue, padded
from market.tables.contributions import CountedInMemory
from market.tables.encode import Encoder, encode_table
from market.tables.table import batch_of

KEY = Secret(bytes(32))


def coded(case: Case, cuts: list[int], encoder: Encoder) -> Iterator[CodedRows]:
    edges = sorted({0, len(case.rows), *(cut % (len(case.rows) + 1) for cut in cuts)})
    for first, last in pairwise(edges):
        yield encoder.encode(batch_of(as_columns(case.rows[first:last]), case.schema))


@settings(max_examples=40)
@given(cases(), st.lists(st.integers(0, 40), max_size=5), st.integers(1, 9), st.booleans())
def test_batches_and_blocks_change_nothing(
    case: Case, cuts: list[int], block: int, on_disk: bool
) -> None:
    whole = encode_table(as_columns(case.rows), case.schema, PRODUCTS)
    with ContributionsOnDisk(KEY) as disk:
        encoder = Encoder(case.schema, disk if on_disk else CountedInMemory())
        queue = RowQueue(case.schema, coded(case, cuts, encoder))
        blocks = [queue.take(block) for _ in range(len(case.rows) // block + 1)]
        assert queue.take(1).rows == 0
    assert encoder.report() == whole.report
    assert all(one.rows == block for one in blocks[: whole.report.rows_kept // block])
    for factor in case.schema.factors:
        joined = np.concatenate([one.encoded(factor) for one in blocks])
        slots = len(whole.columns[factor.id])
        assert np.array_equal(padded(joined, slots), whole.columns[factor.id])
        assert slots % PRODUCTS.values_per_ciphertext == 0


@settings(max_examples=25)
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3), min_size=1), max_size=6
    )
)
def test_counts_on_disk_are_those_in_memory(batches: list[dict[str, int]]) -> None:
    memory = CountedInMemory()
    with ContributionsOnDisk(KEY) as disk:
        for batch in batches:
            assert list(disk.add(batch)) == list(memory.add(batch))
        everybody = {person for batch in batches for person in batch}
        assert len(disk) == len(everybody) == len(set(disk)) == len(list(disk))
        assert all(unit in disk for unit in disk)
        assert b"" not in disk


def test_people_on_disk_are_kept_by_key_alone() -> None:
    with ContributionsOnDisk(KEY) as one, ContributionsOnDisk(Secret(b"\1" * 32)) as other:
        one.add({"person-7": 1})
        other.add({"person-7": 1})
        assert set(one) != set(other)
        assert all(len(unit) == 16 and b"person" not in unit for unit in one)
