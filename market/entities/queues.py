"""What is under way and what has just ended, in numbers: no job is named."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.job_states import State


@dataclass(frozen=True, slots=True)
class Queue:
    """The jobs in one state; at least one. `oldest_since` is in unix seconds."""

    state: State
    jobs: int
    oldest_since: int


@dataclass(frozen=True, slots=True)
class Ends:
    """Jobs that ended alike; `code` is empty of those that went well."""

    state: State
    code: str
    jobs: int
