"""What is said when an organisation has taken all it may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from market.entities.limits import (
    DAY_SECONDS,
    LIMIT_NAMES,
    JobsAdmitted,
    JobsTaken,
    LimitName,
    Limits,
)
from market.errors import Refused, TooMany

MOST: Final = 10**15
_SOON_SECONDS: Final = 60


def in_force(everybodys: Limits, own: Mapping[LimitName, int]) -> Limits:
    """Everybody's limits, but for those an organisation has of its own."""
    return Limits(**{name: own.get(name, most) for name, most in everybodys.to_json().items()})


def check_limit(name: str, most: int | None) -> LimitName:
    """The limit of this name, if it can be set so (raises Refused, `limit-unknown`)."""
    for known in LIMIT_NAMES:
        if known == name and (most is None or 0 <= most <= MOST):
            return known
    raise Refused(
        "limit-unknown",
        f"{name[:50]!r} is {most}, expected a whole number from 0 to {MOST} for one of "
        f"{', '.join(LIMIT_NAMES)}.",
        "Correct it and send it again.",
    )


TURNED_AWAY: Final = ("too-many-jobs-a-day", "too-many-jobs-under-way")
"""Codes of runs that found no place: counting those too would keep it from becoming free."""


def refuse_more_jobs(organisation: str, most: JobsAdmitted, taken: JobsTaken) -> None:
    """Return if one more job may be added.

    Raises:
        TooMany: `too-many-jobs-under-way`, `too-many-jobs-a-day`.
    """
    if taken.under_way >= most.under_way:
        raise TooMany(
            "too-many-jobs-under-way",
            f"{organisation} has {taken.under_way} jobs under way, and may have {most.under_way}.",
            "Wait until one has ended, or take one back that nobody has approved (market job "
            "cancel). The platform's operator sets the limit.",
            retry_after_seconds=_SOON_SECONDS,
        )
    if taken.submitted >= most.a_day:
        free_in = max(1, (taken.first_at or most.now) + DAY_SECONDS - most.now)
        raise TooMany(
            "too-many-jobs-a-day",
            f"{organisation} has submitted {taken.submitted} jobs within 24 hours, and may submit "
            f"{most.a_day}.",
            f"Submit again in {_duration(free_in)}. The platform's operator sets the limit.",
            retry_after_seconds=free_in,
        )


def refuse_more_storage(organisation: str, most: int, *, taken: int, more: int) -> None:
    """Return if so many bytes more may be stored (raises Refused, `storage-full`)."""
    if taken + more > most:
        raise Refused(
            "storage-full",
            f"{organisation} has {taken} bytes stored, published or on their way, and may have "
            f"{most}; this is {more} more.",
            "Nothing was listed. Ask the platform's operator for more, or publish fewer columns.",
        )


def refuse_more_programs(organisation: str, most: int, *, taken: int, more: int) -> None:
    """Return if so many bytes more of programs may be kept (raises Refused, `programs-full`)."""
    if taken + more > most:
        raise Refused(
            "programs-full",
            f"{organisation} has {taken} bytes of sent programs kept, and may have {most}; this is "
            f"{more} more.",
            "They are deleted by themselves some days after their last job was planned. Wait, or "
            "submit by the address of a repository (--repository).",
        )


def _duration(seconds: int) -> str:
    if seconds < 2 * 3_600:
        return f"{-(-seconds // 60)} minutes"
    return f"{-(-seconds // 3_600)} hours"
