"""What an operator looks after, beside the queues: who is there, what lies where, what is amiss."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentSeen:
    """An owner whose agent has a token here. `seen_at` is in unix seconds, to the minute; None
    where no agent of theirs has come yet."""

    owner: str
    seen_at: int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What an owner has published: how many versions of datasets, and the bytes of their chunks."""

    owner: str
    versions: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """What stopped a duty of housekeeping the last time; `ended_at` is None while it does.

    Attributes:
        process: the one that led then.
        since, ended_at: unix seconds.
    """

    duty: str
    code: str
    process: str
    since: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """A part that the platform needs, and what was found of it just now, in words."""

    name: str
    is_well: bool
    found: str


@dataclass(frozen=True, slots=True)
class Version:
    """Of a program that the platform stands on; empty where it could not be asked."""

    name: str
    version: str
