"""Members of one session in one process: real arithmetic over queues instead of connections.

Every message goes through `Interference`, by which a test makes one member cheat; everything a
program sends can be looked at. Joint random elements are MPyC's (pseudorandom secret sharing).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from typing import NoReturn

import numpy as np
from mpyc import thresha
from mpyc.finfields import GF
from numpy.typing import NDArray

from crypto.errors import ParameterError
from crypto.mpc.aborts import Abort, SessionAborted, Stage
from crypto.mpc.party import Place
from crypto.mpc.program import Program
from crypto.shamir import PRIME, interpolate

Sent = Mapping[int, bytes]
Interference = Callable[[Stage, int, Sent], Sent]
"""From the stage, how many rounds it had before, and what the program sends, to what is sent."""
SECONDS = 60


@dataclass
class Network:
    """The queues between the members, and the abort that ended the session."""

    members: int
    threshold: int
    is_verified: bool
    keys: dict[frozenset[int], bytes]
    queues: dict[tuple[int, int], asyncio.Queue[bytes | None]] = field(default_factory=dict)
    abort: Abort | None = None

    def queue(self, sender: int, receiver: int) -> asyncio.Queue[bytes | None]:
        return self.queues.setdefault((sender, receiver), asyncio.Queue())

    def end(self, abort: Abort) -> None:
        self.abort = self.abort or abort
        for sender in range(1, self.members + 1):
            for receiver in range(1, self.members + 1):
                self.queue(sender, receiver).put_nowait(None)


class LocalParty:
    """crypto.mpc.party.Party over queues."""

    def __init__(self, network: Network, point: int, interfere: Interference | None) -> None:
        self.point = point
        self.members = network.members
        self.threshold = network.threshold
        self.is_verified = network.is_verified
        self.bytes_sent = 0
        self._network = network
        self._interfere = interfere
        self._stages: list[Stage] = ["share"]
        self._rounds: dict[Stage, int] = {}
        self._labels: set[str] = set()

    async def exchange(self, outgoing: Sent, expect: Mapping[int, int]) -> dict[int, bytes]:
        stage = self._stages[-1]
        if self._interfere:
            outgoing = self._interfere(stage, self._rounds.get(stage, 0), outgoing)
        self._rounds[stage] = self._rounds.get(stage, 0) + 1
        for receiver, data in outgoing.items():
            assert receiver != self.point
            self._network.queue(self.point, receiver).put_nowait(data)
            self.bytes_sent += len(data)
        received = {}
        for sender, size in expect.items():
            data = await self._network.queue(sender, self.point).get()
            if data is None:
                assert self._network.abort
                raise SessionAborted(self._network.abort)
            assert len(data) == size
            received[sender] = data
        return received

    async def random_shares(self, count: int, label: str) -> NDArray[np.uint64]:
        if label in self._labels:
            raise ParameterError(f"label {label} was used")
        self._labels.add(label)
        prfs = {
            holders: thresha.PRF(key, PRIME)
            for holders, key in self._network.keys.items()
            if self.point - 1 in holders
        }
        shares = thresha.pseudorandom_share(
            GF(PRIME), self.members, self.point - 1, prfs, label.encode(), count
        )
        return np.array([int(share) % PRIME for share in shares], np.uint64)

    def entropy(self, count: int) -> bytes:
        return os.urandom(count)

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        self._stages.append(name)
        yield
        self._stages.pop()

    def accuse(self, point: int, code: str, reason: str) -> NoReturn:
        self._network.end(Abort(self._stages[-1], point, code, reason))
        assert self._network.abort
        raise SessionAborted(self._network.abort)


@dataclass(frozen=True)
class Ended:
    """What the members of a session came out with."""

    threshold: int
    parties: tuple[LocalParty, ...]
    shares: Mapping[int, NDArray[np.uint64]]
    aborts: Mapping[int, Abort]

    def opened(self) -> list[int]:
        """What a recipient reads, who insists on all shares fitting together."""
        members = len(self.parties)
        assert set(self.shares) == set(range(1, members + 1)), self.aborts
        columns = zip(*(self.shares[p].tolist() for p in range(1, members + 1)), strict=True)
        opened = [
            interpolate(dict(enumerate(column, 1)), members=members, threshold=self.threshold)
            for column in columns
        ]
        assert all(value.is_consistent for value in opened)
        return [value.value for value in opened]


def run_together(
    program: Program | Mapping[int, Program],
    blocks: Mapping[int, Sequence[bytes]],
    *,
    members: int,
    threshold: int | None = None,
    is_verified: bool = False,
    cheats: Mapping[int, Interference] | None = None,
) -> Ended:
    """Run one session to its end at every member; `blocks` by point, none where it has no key."""
    t = (members - 1) // 2 if threshold is None else threshold
    keys = {frozenset(s): os.urandom(16) for s in combinations(range(members), members - t)}
    network = Network(members, t, is_verified, keys)
    parties = tuple(
        LocalParty(network, point, (cheats or {}).get(point)) for point in range(1, members + 1)
    )

    async def one(party: LocalParty) -> NDArray[np.uint64] | Abort:
        own = program[party.point] if isinstance(program, Mapping) else program
        try:
            place = Place(party.point, members, t, is_verified)
            compute = own.prepare(place, blocks.get(party.point, ()), os.urandom)
            return await compute(party)
        except SessionAborted as ended:
            return ended.abort

    async def all_of_them() -> list[NDArray[np.uint64] | Abort]:
        async with asyncio.timeout(SECONDS):
            return await asyncio.gather(*(one(party) for party in parties))

    ends = dict(enumerate(asyncio.run(all_of_them()), 1))
    return Ended(
        t,
        parties,
        {point: end for point, end in ends.items() if not isinstance(end, Abort)},
        {point: end for point, end in ends.items() if isinstance(end, Abort)},
    )
