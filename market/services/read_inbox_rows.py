"""What waits for a user, with what a person weighs before acting on it."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.inbox import InboxItem
from market.entities.job import Job
from market.entities.people import Names, User
from market.services.platform import Platform
from market.services.read_inbox import read_inbox
from market.services.read_names import names_of

_OF_JOBS = frozenset({"sign", "approve", "open"})


@dataclass(frozen=True, slots=True)
class InboxRows:
    """Items, oldest first, each with the job that it is about; None where it is about none."""

    rows: tuple[tuple[InboxItem, Job | None], ...]
    names: Names


def read_inbox_rows(platform: Platform, user: User, *, now: int) -> InboxRows:
    """The inbox (market.services.read_inbox), and what is known of each job in it."""
    items = read_inbox(platform, user, now=now)
    jobs = [platform.jobs.get(one.subject) if one.kind in _OF_JOBS else None for one in items]
    names = names_of(platform, told=[job for job in jobs if job is not None])
    return InboxRows(tuple(zip(items, jobs, strict=True)), names)
