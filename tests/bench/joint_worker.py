"""A worker that besides the product's programs runs its primitives bare; started by the benchmark.

vector-sum   {"count": n}   every member deals n numbers; their sum, without noise
dot          {"count": n}   members 1 and 2 deal n numbers each; their dot product, with doubles
                            and checks in a verified session
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crypto.canonical import Json
from crypto.mpc import field
from crypto.mpc.party import Party, Place
from crypto.mpc.primitives import reshare, share
from crypto.mpc.process import run_and_exit
from crypto.mpc.program import Computation, Entropy
from crypto.mpc.programs.fixed_list import PROGRAMS
from crypto.mpc.verified import Verification, check_dealings, with_mask


@dataclass(frozen=True, slots=True)
class VectorSum:
    """One exchange."""

    count: int
    needs_verification: bool = False

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        return self.compute

    async def compute(self, party: Party) -> NDArray[np.uint64]:
        own = field.from_signed(np.arange(self.count, dtype=np.int64))
        points = range(1, party.members + 1)
        if party.is_verified:
            counts = dict.fromkeys(points, self.count + 1)
            dealt = await share(party, counts, with_mask(own, party))
            dealt = await check_dealings(party, dealt)
        else:
            dealt = await share(party, dict.fromkeys(points, self.count), own)
        # What leaves is one number: the shares of all of them would be printed.
        total = field.weighted(np.stack(list(dealt.values())), [1] * party.members)
        return total[-1:]


@dataclass(frozen=True, slots=True)
class Dot:
    """One product in the end; verified, a double of each of the first one's numbers."""

    count: int
    needs_verification: bool = False

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        return self.compute

    async def compute(self, party: Party) -> NDArray[np.uint64]:
        numbers = np.arange(self.count, dtype=np.int64)
        own = field.from_signed(numbers + party.point) if party.point < 3 else None
        dealt = await share(party, {1: self.count, 2: self.count}, own)
        product = _one(field.dot(dealt[1], dealt[2]))
        if not party.is_verified:
            return await reshare(party, product)
        verification = await Verification.start(party)
        double = await reshare(party, verification.doubling(dealt[1]))
        verification.record(dealt[1], double)
        await verification.settle()
        return await verification.finish(product, _one(field.dot(double, dealt[2])))


def _one(element: int) -> NDArray[np.uint64]:
    return np.array([element], np.uint64)


def _vector_sum(arguments: Json) -> VectorSum:
    return VectorSum(arguments["count"])


def _dot(arguments: Json) -> Dot:
    return Dot(arguments["count"])


if __name__ == "__main__":
    run_and_exit({**PROGRAMS, "vector-sum": _vector_sum, "dot": _dot})
