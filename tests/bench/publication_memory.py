"""What an owner's process holds at most while it reads and encrypts a wide table, CSV and Parquet.

14 columns: an id, eleven numbers, a boolean and a code of 700 levels, 715 encrypted columns in all.
The smaller table fills a block of ciphertexts and begins another, the larger one is four times it.
Run as a program it publishes one table, without a portal, and prints its own peak.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from owners_table import FORMATS, Draw, write_chunks, write_table
from world.tables import boolean, categorical, declared, numeric

from crypto.parameters import PRODUCTS

ROWS = (300_000, 1_200_000)
LEVELS = [f"code-{level:03d}" for level in range(700)]
NUMBERS = [f"x{number}" for number in range(11)]
Figures = dict[str, float]


def measure() -> dict[str, Figures]:
    """Megabytes and seconds by format and rows, each in a process of its own; then how many times
    the smaller table's memory the larger one takes."""
    report: dict[str, Figures] = {}
    for ending in FORMATS:
        peaks = []
        for rows in ROWS:
            report[f"{ending}, {rows} rows"] = found = _measured(ending, rows)
            peaks.append(found["peak_megabytes"])
        report[f"{ending}, growth"] = {"peak_megabytes": round(peaks[1] / peaks[0], 3)}
    return report


def _measured(ending: str, rows: int) -> Figures:
    with tempfile.TemporaryDirectory() as name:
        # Written here: what draws and formats a table takes memory, too.
        path = write_table(Path(name) / f"table.{ending}", _draws(rows), rows)
        command = [sys.executable, __file__, str(path), str(rows)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: Figures = json.loads(done.stdout)
    return found


def _draws(rows: int) -> dict[str, Draw]:
    def number(random: np.random.Generator, size: int) -> object:
        return random.normal(50, 20, size).round(3)

    def flag(random: np.random.Generator, size: int) -> object:
        return random.choice(["yes", "no"], size)

    return {
        "person": lambda random, size: np.char.mod(
            "person-%07d", random.integers(0, rows // 2, size)
        ),
        **dict.fromkeys(NUMBERS, number),
        "code": lambda random, size: random.choice(LEVELS, size),
        "flag": flag,
    }


def _publish(path: Path, rows: int) -> Figures:
    columns = [*map(numeric, NUMBERS), categorical("code", LEVELS), boolean("flag")]
    declaration = declared(*columns, unit='column = "person"\n')
    written = write_chunks(path, declaration, rows, PRODUCTS, path.parent)
    return {
        "seconds_to_read": round(written.seconds_to_read, 1),
        "seconds_in_all": round(written.seconds, 1),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    print(json.dumps(_publish(Path(sys.argv[1]), int(sys.argv[2]))))
