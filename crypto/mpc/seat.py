"""This member's place as its program sees it, from the program's own thread."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from crypto.errors import ParameterError
from crypto.mpc.aborts import Abort, SessionAborted, Stage
from crypto.mpc.prss import random_shares
from crypto.mpc.runtime import JointRuntime


class Seat:
    """A crypto.mpc.party.Party whose rounds run on the network's event loop."""

    def __init__(self, runtime: JointRuntime) -> None:
        self._runtime = runtime
        self._network = asyncio.get_running_loop()
        self._labels: set[str] = set()

    @property
    def point(self) -> int:
        return self._runtime.session.point

    @property
    def members(self) -> int:
        return self._runtime.session.members

    @property
    def threshold(self) -> int:
        return self._runtime.session.threshold

    @property
    def is_verified(self) -> bool:
        return self._runtime.session.is_verified

    async def exchange(
        self, outgoing: Mapping[int, bytes], expect: Mapping[int, int]
    ) -> dict[int, bytes]:
        there = self._runtime.exchange(outgoing, expect)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(there, self._network))

    async def random_shares(self, count: int, label: str) -> NDArray[np.uint64]:
        if label in self._labels:
            raise ParameterError(f"joint randomness {label!r} was used before in this session")
        self._labels.add(label)
        return random_shares(
            self._runtime.keys, members=self.members, point=self.point, label=label, count=count
        )

    def entropy(self, count: int) -> bytes:
        return os.urandom(count)

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        before, self._runtime.stage_name = self._runtime.stage_name, name
        yield
        # Not after an exception: it ends the session, at the stage it happened in.
        self._runtime.stage_name = before

    def accuse(self, point: int, code: str, reason: str) -> NoReturn:
        raise SessionAborted(Abort(self._runtime.stage_name, point, code, reason))
