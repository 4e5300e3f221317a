"""A table is encrypted a block of rows at a time: the same ciphertext content, and no more held."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from crypto.chunk import parse_chunk
from crypto.encrypt import encoded
from crypto.error_bound import SAMPLED_ERROR
from crypto.errors import ParameterError
from crypto.fresh import FreshBytes
from crypto.parameters import PRODUCTS
from crypto.referee import opened
from crypto.secret_key import CkksSecretKey
from crypto.seeds import expand_c1_batch
from crypto.shares import combine, decode_table, sum_residues
from market.owner.publish.encrypt_table import (
    CIPHERTEXTS_PER_CHUNK,
    EncryptedTable,
    Encryption,
    encrypt_table,
)
from market.owner.publish.encrypted_parts import EncryptedParts
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.tables.coded_rows import CodedRows

pytestmark = pytest.mark.stories

BLOCK = CIPHERTEXTS_PER_CHUNK * PRODUCTS.values_per_ciphertext
ROWS = 2 * BLOCK + 5_000
CIPHERTEXTS = 2 * CIPHERTEXTS_PER_CHUNK + 1
BATCH = 16_384
SCHEMA = Schema(
    "long",
    (NumericColumn("x", "0", "1", "m", "u", "low", None, None),),
    PrivacyUnit(None, 1, "a row"),
    ROWS + 100,
    (),
)
VALUES = np.random.default_rng(3).uniform(-1, 1, ROWS)


class Source:
    """Rows in batches; remembers how many were asked for."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.given = 0

    def __iter__(self) -> Iterator[CodedRows]:
        for first in range(0, len(self.values), BATCH):
            part = self.values[first : first + BATCH]
            self.given += len(part)
            yield CodedRows(SCHEMA, len(part), {"x": part})


@pytest.fixture(scope="module")
def key() -> CkksSecretKey:
    return CkksSecretKey.generate(PRODUCTS)


def encrypted(
    key: CkksSecretKey, directory: Path, source: Source, held: list[int]
) -> EncryptedTable:
    parts = EncryptedParts(directory, "datasets/long/olga/1/", PRODUCTS)
    return encrypt_table(
        SCHEMA,
        source,
        Encryption(key, FreshBytes(secrets.token_bytes), parts),
        progress=lambda _what, _done, _total: held.append(source.given),
    )


def test_column_that_is_only_summed_has_constants_and_no_file(
    key: CkksSecretKey, tmp_path: Path
) -> None:
    schema = Schema(
        "wide",
        (CategoricalColumn("code", ("a", "b"), "m", only_summed=True),),
        PrivacyUnit(None, 1, "a row"),
        10_000,
        (),
    )
    places = np.random.default_rng(5).integers(0, 3, 9_000)
    table = encrypt_table(
        schema,
        [CodedRows(schema, len(places), {"code": places})],
        Encryption(
            key,
            FreshBytes(secrets.token_bytes),
            EncryptedParts(tmp_path, "datasets/wide/olga/1/", PRODUCTS),
        ),
        progress=lambda _what, _done, _total: None,
    )
    valid, *levels = table.columns
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {Path(valid.chunks[0].key).name, "000-000000.part"}
    for place, column in enumerate(levels):
        assert not column.chunks
        shares = decode_table(column.constants, 2, PRODUCTS)
        total = combine(
            sum_residues(shares, PRODUCTS),
            sum_residues(decode_table(table.constants[column.name], 2, PRODUCTS), PRODUCTS),
            PRODUCTS,
        )
        assert total == int((places == place).sum()) * PRODUCTS.unit(1)


def test_blocks_hold_the_rows_in_order_and_no_row_is_read_too_early(
    key: CkksSecretKey, tmp_path: Path
) -> None:
    held: list[int] = []
    table = encrypted(key, tmp_path, Source(VALUES), held)
    assert [column.name for column in table.columns] == ["#valid", "x"]
    # While one block is encrypted the next is read, and at most a batch beyond it.
    assert held[:2] == [2 * BLOCK] * 2
    assert held[2:] == [ROWS] * 4
    chunks = table.columns[1].chunks
    assert [(one.first_ciphertext, one.ciphertexts) for one in chunks] == [
        (0, CIPHERTEXTS_PER_CHUNK),
        (CIPHERTEXTS_PER_CHUNK, CIPHERTEXTS_PER_CHUNK),
        (2 * CIPHERTEXTS_PER_CHUNK, 1),
    ]
    padded = np.concatenate([VALUES, np.zeros(CIPHERTEXTS * PRODUCTS.values_per_ciphertext - ROWS)])
    for chunk in chunks:
        data = (tmp_path / Path(chunk.key).name).read_bytes()
        parsed = parse_chunk(data, PRODUCTS, expected_ciphertexts=chunk.ciphertexts)
        last = chunk.ciphertexts - 1
        c1 = expand_c1_batch(parsed.seeds, chunk.first_ciphertext, PRODUCTS)[last]
        place = (chunk.first_ciphertext + last) * PRODUCTS.values_per_ciphertext
        values = padded[place : place + PRODUCTS.values_per_ciphertext]
        error = opened(key, parsed.c0[last], c1) - encoded(values, PRODUCTS)[0]
        assert np.abs(error).max() <= SAMPLED_ERROR


def test_more_rows_than_the_capacity_are_refused(key: CkksSecretKey, tmp_path: Path) -> None:
    too_many = np.zeros(CIPHERTEXTS * PRODUCTS.values_per_ciphertext + 1)
    with pytest.raises(ParameterError, match="more rows came"):
        encrypted(key, tmp_path, Source(too_many), [])
