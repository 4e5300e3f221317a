"""How the platform is doing, in numbers: for its operator and administrators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from market.entities.people import Operator, User
from market.entities.queues import Ends, Queue
from market.services.authorize import require_administrator
from market.services.platform import Platform

ENDED_WITHIN_SECONDS: Final = 3_600


@dataclass(frozen=True, slots=True)
class Operation:
    """Queues in the order of a job's way, ends of the last hour, and what Airflow is owed.

    Attributes:
        answers_oldest_since: unix seconds; None where nothing is owed.
    """

    queues: tuple[Queue, ...]
    ends: tuple[Ends, ...]
    answers_owed: int
    answers_oldest_since: int | None


def read_operation(platform: Platform, by: User | Operator, *, now: int) -> Operation:
    """What is under way and has just ended; its cost does not grow with what ended before.

    Raises:
        NotPermitted: `by` is not an administrator. Unavailable: the database does not answer.
    """
    require_administrator(by)
    owed = platform.jobs.answers_owed()
    return Operation(
        queues=tuple(platform.jobs.queues()),
        ends=tuple(platform.jobs.ends_since(now - ENDED_WITHIN_SECONDS)),
        answers_owed=len(owed),
        answers_oldest_since=min((one.since for one in owed), default=None),
    )
