"""What a noise sample takes here, beside what it is allowed: `python agent_slots.py`.

The constants of market.agent.slots are wide roundings of this. Wall time of one process, at the
smallest scale flooding permits and at a thousand times that.
"""

from __future__ import annotations

import json
import secrets
import statistics
import time
from collections.abc import Callable

from crypto.flooding import floor_squared
from crypto.noise import derive_noise
from crypto.secret import Secret

SAMPLES = 5_000
BOUND = 10**6


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def noise_milliseconds(scale_squared: int) -> dict[str, float]:
    """One sample: the mean, and the longest of `SAMPLES`."""
    key = Secret(secrets.token_bytes(32))
    took = [
        seconds_of(
            lambda number=number: derive_noise(  # type: ignore[misc]
                key,
                manifest_hash="00" * 32,
                output=f"s{number}",
                law="gaussian",
                scale_squared=scale_squared,
                bound=BOUND,
            )
        )
        for number in range(SAMPLES)
    ]
    return {"mean": 1_000 * statistics.mean(took), "longest": 1_000 * max(took)}


def measure() -> dict[str, object]:
    floor = floor_squared(BOUND)
    return {
        "noise": {
            "smallest scale": noise_milliseconds(floor),
            "a thousand times": noise_milliseconds(floor * 10**6),
        },
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
