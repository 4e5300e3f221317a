"""Waiting for a job: asking after it, less and less often, until it is as far as is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from market.entities.job_states import WAY, State
from market.errors import Refused, Unavailable

ORDER: Final[tuple[str, ...]] = tuple(WAY)
"""The states of a job that goes well."""


def wait_for(
    ask: Callable[[], Mapping[str, Any]],
    until: State,
    timeout_seconds: float,
    clock: Callable[[], float],
    pause: Callable[[float], None],
    *,
    advance: Callable[[int], None] = lambda _done: None,
) -> Mapping[str, Any]:
    """A job once it is in a state, or past it.

    Args:
        ask: the job as it is now, as GET jobs/<job> answers.
        clock: monotonic seconds; `pause` lets so many go by.
        advance: told how many states the job has reached, of those in ORDER.

    Raises:
        Refused: it ended otherwise, with its code and next action.
        Unavailable: `wait-timeout`.
    """
    began = clock()
    while True:
        answer = ask()
        state = str(answer["state"])
        if state not in ORDER:
            raise Refused(
                answer["code"],
                answer["message"],
                answer["next_action"],
                program_says=answer["program_says"],
            )
        advance(ORDER.index(state) + 1)
        if ORDER.index(state) >= ORDER.index(until):
            return answer
        waited_seconds = clock() - began
        if waited_seconds > timeout_seconds:
            raise Unavailable(
                "wait-timeout",
                f"Job {answer['job']} is still {state} after {timeout_seconds:g} seconds.",
                f"Look at what it waits for: market job show {answer['job']}",
            )
        pause(_pause_seconds(waited_seconds))


def _pause_seconds(waited_seconds: float) -> float:
    """Until the next look: a tenth of the wait so far, so that no wait is much prolonged and a
    long one asks seldom."""
    return min(max(waited_seconds / 10, 0.2), 3)
