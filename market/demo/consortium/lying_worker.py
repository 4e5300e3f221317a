"""A worker that lies: honest but for one number in one multiplication, which it deals off by one.

It stands outside the product, which has no switch for this: the programs are the product's own, run
at a party that falsifies what leaves it. Its lie fits: every honest member gets a proper share of
the false number, so no comparison of shares shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from crypto.canonical import Json
from crypto.mpc import field
from crypto.mpc.aborts import Stage
from crypto.mpc.party import Party, Place
from crypto.mpc.process import run_and_exit
from crypto.mpc.program import Computation, Entropy, MakeProgram, Program
from crypto.mpc.programs.fixed_list import PROGRAMS


class LyingParty:
    """A crypto.mpc.party.Party that deals its first product off by one."""

    def __init__(self, honest: Party) -> None:
        self._honest = honest
        self._stage: Stage = "share"
        self._has_lied = False

    @property
    def point(self) -> int:
        return self._honest.point

    @property
    def members(self) -> int:
        return self._honest.members

    @property
    def threshold(self) -> int:
        return self._honest.threshold

    @property
    def is_verified(self) -> bool:
        return self._honest.is_verified

    async def exchange(
        self, outgoing: Mapping[int, bytes], expect: Mapping[int, int]
    ) -> dict[int, bytes]:
        if self._stage == "multiply" and not self._has_lied:
            self._has_lied = True
            outgoing = {point: _off_by_one(data) for point, data in outgoing.items()}
        return await self._honest.exchange(outgoing, expect)

    async def random_shares(self, count: int, label: str) -> NDArray[np.uint64]:
        return await self._honest.random_shares(count, label)

    def entropy(self, count: int) -> bytes:
        return self._honest.entropy(count)

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        before, self._stage = self._stage, name
        with self._honest.stage(name):
            yield
        self._stage = before

    def accuse(self, point: int, code: str, reason: str) -> NoReturn:
        self._honest.accuse(point, code, reason)


class LyingProgram:
    """A program of the product's list, run at a party that lies."""

    def __init__(self, honest: Program) -> None:
        self._honest = honest

    @property
    def needs_verification(self) -> bool:
        return self._honest.needs_verification

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        compute = self._honest.prepare(place, blocks, entropy)
        return lambda party: compute(LyingParty(party))


def _lying(make: MakeProgram) -> MakeProgram:
    def make_lying(arguments: Json) -> Program:
        return LyingProgram(make(arguments))

    return make_lying


def _off_by_one(data: bytes) -> bytes:
    elements = field.from_bytes(data)
    # Added to every share, 1 is added to the number that is shared.
    lie = np.zeros_like(elements)
    lie[:1] = 1
    return field.to_bytes(field.add(elements, lie))


if __name__ == "__main__":
    run_and_exit({name: _lying(make) for name, make in PROGRAMS.items()})
