"""A job's timeline: what has happened, what it waits for now, and the steps still to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from market.entities.job_states import STATES, WAY, Facts, State, Tone, WaitsFor

StepKind = Literal["past", "now", "future", "bad", "good"]
_KINDS: Final[dict[Tone, StepKind]] = {
    "going": "past",
    "waiting": "past",
    "good": "good",
    "bad": "bad",
    "over": "bad",
}
_NOTES: Final = {
    "late-release": "Released after its end",
    "approval": "Approved by one party",
    "release": "Released by one party",
    "abort": "Broken off by one party",
    "charge": "Charged, nothing sealed",
    "run-owed": "Airflow has not taken the run yet",
    "setback": "Could not be computed, tried again",
}
"""Titles of the steps that are no states."""


class Event(Protocol):
    """What happened: `step` is the state reached, or the name of a note; `at` in Unix seconds."""

    @property
    def step(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def at(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline. `at` is None for what has not happened."""

    title: str
    text: str
    at: int | None
    kind: StepKind


def timeline_of(
    facts: Mapping[State, Facts], state: State, events: Iterable[Event], now: WaitsFor | None
) -> list[Step]:
    """The steps of a job in this state, in order.

    Args:
        facts: of the states, as the job's engine has them.
        now: what it waits for; None once it has ended.
    """
    steps = [_happened(event, facts) for event in events]
    if now is None:
        return steps
    following = WAY[WAY.index(state) + 1 :]
    steps.append(Step(now.title, now.text, None, "now"))
    steps.extend(Step(facts[one].title, "", None, "future") for one in following[1:])
    return steps


def _happened(event: Event, facts: Mapping[State, Facts]) -> Step:
    for state in STATES:
        if event.step == state:
            return Step(facts[state].title, event.text, event.at, _KINDS[facts[state].tone])
    return Step(_NOTES.get(event.step, event.step), event.text, event.at, "past")
