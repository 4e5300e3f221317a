"""Begin a prepared session beside the loop, at a moment that says nothing about the table.

How long a table took to be read depends on its rows. A worker therefore starts in a slot, like a
reply (market.agent.slots), that follows from the plan and the declared capacity.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from market.agent.agent import Agent
from market.agent.sessions.inputs import allowance_seconds
from market.agent.sessions.prepare import Prepared
from market.agent.sessions.run import Means, run_session
from market.agent.slots import leaves_at
from market.log import log_context

_REST_SECONDS: Final = 30
"""After a failure of its own an agent waits so long before it begins the session again."""


def begin(
    agent: Agent,
    prepared: Prepared,
    *,
    seen_at: float,
    slot_seconds: int,
    now: Callable[[], float],
) -> None:
    """Run the session in a thread, unless it runs or every seat is taken: then at a later look."""

    def starts_at() -> float:
        return leaves_at(
            seen_at,
            now(),
            allowance_seconds=allowance_seconds(prepared.question.holding, prepared.price),
            slot_seconds=slot_seconds,
        )

    def session(stop: threading.Event) -> None:
        is_over = False
        with log_context(job=prepared.job), agent.failures.logged(prepared.job):
            run_session(means_of(agent, now), prepared, starts_at=starts_at, stop=stop)
            is_over = True
        if not is_over:
            stop.wait(_REST_SECONDS)

    agent.sessions.start(prepared.job, session)


def means_of(agent: Agent, now: Callable[[], float]) -> Means:
    """What of the agent its sessions work with."""
    return Means(agent.home, agent.store, agent.entropy, now, agent.deadlines)
