from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from world.mpc_members import Worker, worker

from crypto.mpc.specification import Session

Start = Callable[..., Worker]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a session's worker; it is ended with the test."""
    with ExitStack() as stack:

        def started(session: Session | bytes, *blocks: bytes) -> Worker:
            return stack.enter_context(worker(session, *blocks))

        yield started
