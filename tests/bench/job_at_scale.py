"""The demo's story on ten million rows: from the trigger in Airflow to the opened result.

    python job_at_scale.py [TIMES]     the RAND table so often, one after the other; else 496 times

Everything is the product's: encryption, portal, Airflow, Spark, the key agent, which recomputes the
job's products from every chunk, and the client. Whoever asks gets the answers of ten million rows.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import click
import pandas as pd

from market.demo.catalogue.story import TRIGGER_TO_OPENED, CatalogueStory
from market.demo.hosting import OneMachine
from market.demo.rand_table import rand_table

TIMES = 496
PORTS = (8430, 8431)
_SPARE_ROWS = 100_000
_FOLDER = Path(__file__).resolve().parent.parent.parent / "build" / "job-at-scale"


class LongTableStory(CatalogueStory):
    """The catalogue's story with its table repeated."""

    def __init__(self, folder: Path, times: int) -> None:
        super().__init__(folder, OneMachine(*PORTS), lambda text: click.echo(text, err=True))
        self._times = times

    def table(self) -> pd.DataFrame:
        return pd.concat([super().table()] * self._times, ignore_index=True)

    def declaration(self) -> str:
        rows = len(super().table()) * self._times + _SPARE_ROWS
        small = "capacity_rows = 24000\n"
        text = super().declaration()
        assert text.count(small) == 1
        return text.replace(small, f"capacity_rows = {rows}\n")


def measure(times: int = TIMES) -> dict[str, Any]:
    """Seconds of every chapter, and of all from trigger to opened.

    Raises:
        MarketError: a chapter failed.
    """
    story = LongTableStory(_FOLDER, times)
    try:
        seconds = story.tell().seconds
    finally:
        story.stage.stop()
        shutil.rmtree(_FOLDER, ignore_errors=True)
    return {
        "rows": len(rand_table()) * times,
        "trigger_to_opened_seconds": round(seconds[TRIGGER_TO_OPENED], 1),
        "seconds": {chapter: round(taken, 1) for chapter, taken in seconds.items()},
    }


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:])), indent=2))
