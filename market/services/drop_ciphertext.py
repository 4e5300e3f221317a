"""Delete ciphertext that no question can be about any more: of versions that were superseded or
withdrawn long ago. What was signed of them stays.

    the trail says so -> the version is marked -> its chunks are deleted -> the mark says since when

A mark is made under the lock that the owner's word takes, and is never taken back. So a process may
die after any of these, or two do the same at once: whoever comes next deletes what is marked, and
an object that is gone already is no error.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from market.entities.job_states import STATES, TERMINAL
from market.entities.people import Operator, User
from market.entities.retention import Expendable
from market.errors import Conflict
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
    begun = platform.retention.begun()
    return [*([begun] if begun else []), *_due(platform, now=now)]


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
    one = platform.retention.begun() or _begin(platform, by, now=now)
    if one is None:
        return None
    chunks = platform.retention.chunks(one)
    done = before.done if before is not None and before.of.name == one.name else 0
    dropped = chunks[done : done + CHUNKS_AT_ONCE]
    for chunk in dropped:
        platform.objects.delete(chunk.key)
    done += len(dropped)
    if done >= len(chunks):
        platform.retention.finish(one, now=now)
    return Round(one, done, len(dropped), sum(chunk.size_bytes for chunk in dropped))


def _begin(platform: Platform, by: User | Operator, *, now: int) -> Expendable | None:
    """Mark the first that is due; one that somebody wants after all is passed over."""
    for one in _due(platform, now=now):
        deed = Deed("ciphertext-dropped", one.name, one.why, "")
        with suppress(Conflict), audited(platform, by, deed, now=now):
            platform.retention.begin(one, since=_since(platform, now), now=now)
            return one
    return None


def _due(platform: Platform, *, now: int) -> list[Expendable]:
    if platform.waits.retention_seconds is None:
        return []
    found = platform.retention.due(since=_since(platform, now))
    asked = _asked(platform, {one.dataset for one in found})
    return [one for one in found if (one.dataset, one.version) not in asked]


def _since(platform: Platform, now: int) -> int:
    return now - (platform.waits.retention_seconds or 0)


def _asked(platform: Platform, names: set[str]) -> set[tuple[str, int]]:
    """Versions that jobs under way are about: approved before their dataset went on. No new one
    comes: whoever submits is refused a version that is not answered."""
    return {
        (asked.dataset, asked.version)
        for job in platform.jobs.of_datasets(names, _UNDER_WAY)
        for asked in job.datasets
    }
