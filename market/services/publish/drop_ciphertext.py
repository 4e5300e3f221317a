"""Delete ciphertext that no question can be about any more: of versions that were superseded or
withdrawn long ago, or that were sent in part and never published. What was signed stays.

    the trail says so -> the version is marked -> its chunks are deleted -> the mark says since when

A mark is made under the lock that the owner's word or next chunk takes, and is never taken back. So
a process may die after any of these, or two do the same at once: whoever comes next deletes what is
marked, and an object that is gone already is no error.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from market.entities.job_states import STATES, TERMINAL
from market.entities.people import Operator, User
from market.entities.retention import Expendable
from market.errors import Conflict
from market.ports.retention import Droppable
from market.services.audit_trail import Deed, audited
from market.services.authorize import require_administrator
from market.services.platform import Platform

CHUNKS_AT_ONCE: Final = 20
"""Deleted in one round: the other duties of the house wait for it."""
_UNDER_WAY: Final = tuple(state for state in STATES if state not in TERMINAL)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round has deleted, and where the next goes on.

    Attributes:
        of: what it was deleted of.
        done: how many of its chunks, from the first, are gone. A process that does not know begins
            again, which deletes nothing twice.
    """

    of: Expendable
    done: int
    objects: int = 0
    freed_bytes: int = 0


def list_due(platform: Platform, by: User | Operator, *, now: int) -> list[Expendable]:
    """What is being deleted, then what is deleted next; where all is kept for ever, nothing more.

    Raises:
        NotPermitted: `by` is not an administrator.
    """
    require_administrator(by)
    begun = [one for kind in _kinds(platform) if (one := kind.of.begun())]
    return [*begun, *(one for kind in _kinds(platform) for one in _due(platform, kind, now=now))]


def drop_ciphertext(
    platform: Platform, before: Round | None, *, now: int, by: User | Operator
) -> Round | None:
    """Delete the next few chunks; None when there is nothing left to do.

    Args:
        before: the round before this one, of this process.
        by: an administrator; the operator for what the platform does by itself.

    Raises:
        NotPermitted: `by` is not an administrator.
        Unavailable: database or object store do not answer; the next call goes on.
    """
    require_administrator(by)
    for kind in _kinds(platform):
        one = kind.of.begun() or _begin(platform, kind, by, now=now)
        if one is not None:
            return _delete_next(platform, kind.of, one, before, now=now)
    return None


@dataclass(frozen=True, slots=True)
class _Kind:
    """What goes `kept_seconds` after nobody needs it, None for never; `is_asked` where jobs under
    way can be about it."""

    of: Droppable
    kept_seconds: int | None
    is_asked: bool


def _kinds(platform: Platform) -> tuple[_Kind, ...]:
    return (
        _Kind(platform.retention, platform.waits.retention_seconds, True),
        _Kind(platform.uploads, platform.waits.upload_seconds, False),
    )


def _delete_next(
    platform: Platform, kind: Droppable, one: Expendable, before: Round | None, *, now: int
) -> Round:
    chunks = kind.chunks(one)
    goes_on = before is not None and (before.of.why, before.of.name) == (one.why, one.name)
    done = before.done if before is not None and goes_on else 0
    dropped = chunks[done : done + CHUNKS_AT_ONCE]
    for chunk in dropped:
        platform.objects.delete(chunk.key)
    done += len(dropped)
    if done >= len(chunks):
        kind.finish(one, now=now)
    return Round(one, done, len(dropped), sum(chunk.size_bytes for chunk in dropped))


def _begin(platform: Platform, kind: _Kind, by: User | Operator, *, now: int) -> Expendable | None:
    """Mark the first that is due; one that somebody wants after all is passed over."""
    for one in _due(platform, kind, now=now):
        deed = Deed("ciphertext-dropped", one.name, one.why, "")
        with suppress(Conflict), audited(platform, by, deed, now=now):
            kind.of.begin(one, since=now - (kind.kept_seconds or 0), now=now)
            return one
    return None


def _due(platform: Platform, kind: _Kind, *, now: int) -> list[Expendable]:
    if kind.kept_seconds is None:
        return []
    found = kind.of.due(since=now - kind.kept_seconds)
    asked = versions_asked(platform, {one.dataset for one in found}) if kind.is_asked else set()
    return [one for one in found if (one.dataset, one.version) not in asked]


def versions_asked(platform: Platform, names: set[str]) -> set[tuple[str, int]]:
    """Versions that jobs under way are about: approved before their dataset went on. No new one
    comes: whoever submits is refused a version that is not answered."""
    return {
        (asked.dataset, asked.version)
        for job in platform.jobs.of_datasets(names, _UNDER_WAY)
        for asked in job.datasets
    }
