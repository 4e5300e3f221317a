"""How the platform is doing, in numbers: for its operator and administrators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeVar, get_args

from market.entities.people import Operator, User
from market.entities.queues import Ends, Queue
from market.entities.retention import Expendable
from market.policy.budget.burn import MARKS_PERCENT, mark_passed
from market.services.authorize import require_administrator
from market.services.platform import Platform
from market.services.publish.drop_ciphertext import list_due

ENDED_WITHIN_SECONDS: Final = 3_600
Seen = Literal["minutes", "hour", "day", "longer", "never"]
SEEN: Final[tuple[Seen, ...]] = get_args(Seen)
_AGES: Final[tuple[tuple[int, Seen], ...]] = ((120, "minutes"), (3_600, "hour"), (86_400, "day"))

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Operation:
    """Queues in the order of a job's way, ends of the last hour, and what Airflow is owed.

    Attributes:
        runs_owed: jobs whose run Airflow has not taken yet.
        answers_oldest_since: unix seconds; None where nothing is owed.
        agents: how many owners' agents were last here when.
        budgets: how many budgets of people have passed which mark (market.policy.budget.burn), 0
            for none.
        stored_bytes: of all that owners have published and that is not deleted.
        due: of these, whose ciphertext is deleted next, since nobody needs it.
    """

    queues: tuple[Queue, ...]
    ends: tuple[Ends, ...]
    runs_owed: int
    answers_owed: int
    answers_oldest_since: int | None
    agents: Mapping[Seen, int]
    budgets: Mapping[int, int]
    stored_bytes: int
    due: tuple[Expendable, ...]


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
        runs_owed=len(platform.jobs.runs_owed()),
        answers_owed=len(owed),
        answers_oldest_since=min((one.since for one in owed), default=None),
        agents=_counted(SEEN, (seen(one.seen_at, now) for one in platform.people.agents_seen())),
        budgets=_counted((0, *MARKS_PERCENT), map(mark_passed, platform.catalogue.budgets())),
        stored_bytes=sum(one.stored_bytes for one in platform.catalogue.stored()),
        due=tuple(list_due(platform, by, now=now)),
    )


def seen(at: int | None, now: int) -> Seen:
    """How long ago an agent was here, whose visits are written down once a minute."""
    if at is None:
        return "never"
    return next((name for seconds, name in _AGES if now - at < seconds), "longer")


def _counted(keys: Iterable[Key], found: Iterable[Key]) -> dict[Key, int]:
    """How often each was found; those too that were not."""
    times = Counter(found)
    return {key: times[key] for key in keys}
