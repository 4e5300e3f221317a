"""What it costs to append one row in a hundred to a published table, beside publishing it whole.

The whole is read twice, as publishing does, the appended version once; both end with chunks on the
disk. They take turns, and are charged the CPU of every thread. What is taken over of the version
before is there already, as it is in an owner's home. Bytes are those of chunk files that would be
sent.
"""

from __future__ import annotations

import json
import secrets
import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from owners_table import write_table
from publication import BUILD, NUMBERS, draws
from world.builders import a_manifest
from world.tables import boolean, declared, numeric, opened

from crypto.fresh import FreshBytes
from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey
from crypto.shares import decode_table
from market.owner.publish.encrypt_table import (
    CIPHERTEXTS_PER_CHUNK,
    EncryptedTable,
    Encryption,
    encrypt_table,
)
from market.owner.publish.encrypted_parts import EncryptedParts
from market.owner.publish.new_rows import NewRows
from market.owner.publish.taken_over import TakenOver
from market.owner.table.contributions_on_disk import ContributionsOnDisk
from market.owner.table.row_digests import RowDigests
from market.owner.table.survey import survey
from market.tables.coded_rows import CodedRows
from market.tables.encode import Encoder
from market.vault.row_blocks import RowBlocks

ROWS, MORE = 1_000_000, 10_000
CAPACITY_ROWS = 1_060_000
_BLOCK = CIPHERTEXTS_PER_CHUNK * PRODUCTS.values_per_ciphertext
_DECLARATION = declared(*map(numeric, NUMBERS), boolean("flag"))
_SCHEMA = replace(_DECLARATION.schema, capacity_rows=CAPACITY_ROWS)


@dataclass(frozen=True)
class Made:
    """A version's chunks: what they took, and what they are."""

    cpu_seconds: float
    chunk_bytes: int
    blocks: RowBlocks
    table: EncryptedTable


@dataclass(frozen=True)
class _Owner:
    key: CkksSecretKey
    lineage_key: Secret

    def make(self, path: Path, before: Made | None) -> Made:
        table = opened(path, _DECLARATION)
        began = time.process_time()
        digests = RowDigests(_SCHEMA, self.lineage_key, _BLOCK)
        appended = NewRows(before.blocks.full_rows if before else 0, most_rows=4 * _BLOCK)

        def see(rows: CodedRows) -> None:
            digests.add(rows)
            appended.add(rows)

        with ContributionsOnDisk(self.lineage_key) as counted:
            survey(table, _SCHEMA, counted, see)
        blocks, held = digests.blocks(), appended.held()
        with (
            tempfile.TemporaryDirectory(dir=path.parent) as name,
            ContributionsOnDisk(self.lineage_key) as counted,
        ):
            parts = EncryptedParts(Path(name), "datasets/bench/owner/2/", PRODUCTS)
            fresh, encoder = FreshBytes(secrets.token_bytes), Encoder(_SCHEMA, counted)
            encrypted = encrypt_table(
                _SCHEMA,
                held if before and held else map(encoder.encode, table.batches()),
                Encryption(self.key, fresh, parts, _taken(before, blocks) if before else None),
                progress=lambda _what, _done, _total: None,
            )
            return Made(time.process_time() - began, parts.size_bytes(), blocks, encrypted)


def measure(rounds: int = 3) -> dict[str, float]:
    """CPU seconds and bytes of both, and what part of the whole the appended version takes."""
    owner = _Owner(CkksSecretKey.generate(PRODUCTS), Secret(secrets.token_bytes(32)))
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        grown = write_table(Path(name) / "grown.csv", draws(), ROWS + MORE)
        before = _first_rows(grown, Path(name) / "before.csv")
        first = owner.make(before, None)
        turns = [(owner.make(grown, None), owner.make(grown, first)) for _ in range(rounds)]
    whole, appended = zip(*turns, strict=True)
    cpu, less = (statistics.median(one.cpu_seconds for one in of) for of in (whole, appended))
    return {
        "whole_cpu_seconds": cpu,
        "appended_cpu_seconds": less,
        "appended_cpu_of_whole": less / cpu,
        "whole_bytes": whole[0].chunk_bytes,
        "appended_bytes": appended[0].chunk_bytes,
        "appended_bytes_of_whole": appended[0].chunk_bytes / whole[0].chunk_bytes,
    }


def _first_rows(path: Path, target: Path) -> Path:
    with path.open() as grown, target.open("w") as before:
        for _ in range(ROWS + 1):
            before.write(next(grown))
    return target


def _taken(first: Made, now: RowBlocks) -> TakenOver:
    if not now.begins_with(first.blocks):
        raise AssertionError("the grown table does not begin with the rows before")
    count = -(-CAPACITY_ROWS // PRODUCTS.values_per_ciphertext)
    manifest = replace(
        a_manifest(), ciphertexts=count, columns=first.table.columns, parameters=PRODUCTS.name
    )
    constants = {
        name: decode_table(text, count, PRODUCTS) for name, text in first.table.constants.items()
    }
    rows = first.blocks.full_rows
    return TakenOver(manifest, constants, rows // PRODUCTS.values_per_ciphertext)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
