"""What a noise sample takes here, beside what it is allowed: `python agent_slots.py`.

The constants of market.agent.slots are wide roundings of this. Wall time of one process, at two
rungs: a sample walks down to its rung from the highest one.
"""

from __future__ import annotations

import json
import secrets
import statistics
import time
from collections.abc import Callable

from crypto.ladder import Ladder, rho_of_rung
from crypto.noise import derive_noise
from crypto.secret import Secret

SAMPLES = 1_000
LADDER = Ladder("gaussian", reach=2**50, bound=10**6)
RUNGS = (-34, -100)


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def noise_milliseconds(rung: int) -> dict[str, float]:
    """One sample: the mean, and the longest of `SAMPLES`."""
    key = Secret(secrets.token_bytes(32))
    took = [
        seconds_of(
            lambda number=number: derive_noise(  # type: ignore[misc]
                key,
                manifest_hash="00" * 32,
                output=f"s{number}",
                ladder=LADDER,
                rung=rung,
            )
        )
        for number in range(SAMPLES)
    ]
    return {"mean": 1_000 * statistics.mean(took), "longest": 1_000 * max(took)}


def measure() -> dict[str, object]:
    return {
        "noise": {
            f"rho {rho_of_rung(rung) / 1e12:.1g}": noise_milliseconds(rung) for rung in RUNGS
        },
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
