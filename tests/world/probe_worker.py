"""A worker of crypto.mpc.process whose one program only sends and waits; run as a process.

    {"rounds": n, "bytes": b}    n rounds of b bytes to and from everybody
    "stalls": point              that member computes for ever, before its first round
    "draws": n                   joint randomness is drawn n times under one label
    "unpickles": true            what came is read as MPyC reads messages
    "needs_verified": true       an unverified session is refused

Its outputs are two shares: the sum of the first byte of all that came, and of nothing but joint
randomness the one named `probe`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import mpyc.runtime
import numpy as np
from numpy.typing import NDArray

from crypto.canonical import Json
from crypto.mpc.party import Party, Place
from crypto.mpc.process import run_and_exit
from crypto.mpc.program import Computation, Entropy


@dataclass(frozen=True, slots=True)
class Probe:
    """Rounds of bytes."""

    rounds: int
    length_bytes: int
    stalls: int
    draws: int
    unpickles: bool
    needs_verification: bool

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        return self.compute

    async def compute(self, party: Party) -> NDArray[np.uint64]:
        if party.point == self.stalls:
            time.sleep(3600)
        others = [p for p in range(1, party.members + 1) if p != party.point]
        message = bytes([party.point]) * self.length_bytes
        total = party.point
        for _ in range(self.rounds):
            came = await party.exchange(
                dict.fromkeys(others, message), dict.fromkeys(others, self.length_bytes)
            )
            if self.unpickles:
                list(map(mpyc.runtime.pickle.loads, came.values()))
            total += sum(came[point][0] for point in others)
            await asyncio.sleep(0.001)
        for _ in range(self.draws):
            drawn = await party.random_shares(1, "probe")
        return np.array([total, int(drawn[0])], np.uint64)


def probe(arguments: Json) -> Probe:
    return Probe(
        arguments["rounds"],
        arguments["bytes"],
        arguments.get("stalls", 0),
        arguments.get("draws", 1),
        arguments.get("unpickles", False),
        arguments.get("needs_verified", False),
    )


if __name__ == "__main__":
    run_and_exit({"probe": probe})
