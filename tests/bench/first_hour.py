"""The first hour, timed: an operator to their first page, an owner from 100,000 rows to listed, a
buyer from sign-in to an opened chart.

    python first_hour.py

It is the demo's story with its table five times over, every step as a command of the product, on a
machine where everything is installed; what a person reads and types is not in it.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any, Final

from job_at_scale import LongTableStory

from market.demo.terminal import market

_FOLDER: Final = Path(__file__).resolve().parent.parent.parent / "build" / "first-hour"
_TIMES: Final = 5
_WANTED_SECONDS: Final = {"operator": 120, "owner": 300, "buyer": 180}


class FirstHour(LongTableStory):
    """Tells the story, and keeps whose seconds they were."""

    def tell_by_role(self) -> dict[str, float]:
        """Seconds of each role (raises MarketError where a step fails)."""
        began = time.monotonic()
        self.stage.prepare()
        self._open_platform()
        operated = time.monotonic()
        self._publish()
        published = time.monotonic()
        self.stage.start_agent(self.stage.role("owner"))
        asked = time.monotonic()
        program, visitor = self.rehearse()
        visitor.close()
        buyer = self.stage.role("buyer")
        where = ("--dataset", "rand-hie-visits", "--epsilon", "2", *program.options())
        job = str(market(buyer, "submit", *where)["job"])
        self.stage.wait_for(buyer, job, "--until", "planned")
        self.sign_and_open(job, program)
        chart = _FOLDER / "answers.html"
        market(buyer, "result", "export", job, "--format", "html", "--out", str(chart))
        opened = time.monotonic()
        return {
            "operator": operated - began,
            "owner": published - operated,
            "buyer": opened - asked,
        }


def measure() -> dict[str, Any]:
    """Seconds of each role, beside what is wanted.

    Raises:
        MarketError: a step failed.
    """
    story = FirstHour(_FOLDER, _TIMES)
    try:
        seconds = story.tell_by_role()
    finally:
        story.stage.stop()
        shutil.rmtree(_FOLDER, ignore_errors=True)
    return {
        role: {"seconds": round(taken, 1), "wanted_seconds": _WANTED_SECONDS[role]}
        for role, taken in seconds.items()
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
