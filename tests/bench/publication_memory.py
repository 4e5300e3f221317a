"""What an owner's process holds at most while it reads and encrypts a wide table.

14 columns: an id, eleven numbers, a boolean and a code of 700 levels, 715 encrypted columns in all.
Run as a program it publishes one size, without a portal, and prints its own peak.
"""

from __future__ import annotations

import json
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from world.tables import boolean, categorical, declared, numeric, opened

from crypto.fresh import FreshBytes
from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey
from market.owner.contributions_on_disk import ContributionsOnDisk
from market.owner.encrypt_table import Encryption, encrypt_table
from market.owner.encrypted_parts import EncryptedParts
from market.owner.survey import survey
from market.plan.schema import Schema
from market.tables.encode import Encoder

ROWS = (11_000, 110_000)
LEVELS = [f"code-{level:03d}" for level in range(700)]
NUMBERS = [f"x{number}" for number in range(11)]


def measure() -> dict[str, dict[str, float]]:
    """Megabytes and seconds by number of rows, each in a process of its own."""
    return {f"{rows} rows": _measured(rows) for rows in ROWS}


def _measured(rows: int) -> dict[str, float]:
    command = [sys.executable, __file__, str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _write(path: Path, rows: int) -> None:
    random = np.random.default_rng(1)
    with path.open("w") as file:
        file.write(",".join(["person", *NUMBERS, "code", "flag"]) + "\n")
        for _ in range(rows):
            numbers = ",".join(f"{value:.3f}" for value in random.normal(50, 20, len(NUMBERS)))
            person, code = random.integers(0, rows // 2), LEVELS[random.integers(0, len(LEVELS))]
            file.write(f"person-{person:07d},{numbers},{code},{'yes' if person % 3 else 'no'}\n")


def _publish(directory: Path, rows: int) -> dict[str, float]:
    path = directory / "table.csv"
    _write(path, rows)
    columns = [*map(numeric, NUMBERS), categorical("code", LEVELS), boolean("flag")]
    declaration = declared(*columns, unit='column = "person"\n')
    schema: Schema = replace(declaration.schema, capacity_rows=rows)
    table = opened(path, declaration)
    began = time.perf_counter()
    key = Secret(secrets.token_bytes(32))
    with ContributionsOnDisk(key) as counted:
        survey(table, schema, counted)
    read = time.perf_counter()
    with ContributionsOnDisk(key) as counted:
        encrypt_table(
            schema,
            map(Encoder(schema, counted).encode, table.batches()),
            Encryption(
                CkksSecretKey.generate(PRODUCTS),
                FreshBytes(secrets.token_bytes),
                EncryptedParts(directory, "datasets/wide/owner/1/", PRODUCTS),
            ),
            progress=lambda _what, _done, _total: None,
        )
    return {
        "seconds_to_read": round(read - began, 1),
        "seconds_in_all": round(time.perf_counter() - began, 1),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(_publish(Path(name), int(sys.argv[1]))))
