"""What one organisation may take of the platform, and what it has taken."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final, Literal, get_args

LimitName = Literal["jobs_under_way", "jobs_a_day", "requests_a_minute", "storage_bytes"]
LIMIT_NAMES: Final[tuple[LimitName, ...]] = get_args(LimitName)
DAY_SECONDS: Final = 24 * 3_600


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that an organisation may have.

    Attributes:
        jobs_under_way: jobs at once that have not ended.
        jobs_a_day: jobs submitted within 24 hours, whatever became of them.
        requests_a_minute: requests of its people and programs, by each portal.
        storage_bytes: what the manifests of its owners' datasets name, all versions together, and
            what was sent of others.
    """

    jobs_under_way: int
    jobs_a_day: int
    requests_a_minute: int
    storage_bytes: int

    def to_json(self) -> dict[LimitName, int]:
        """By name."""
        found = asdict(self)
        return {name: found[name] for name in LIMIT_NAMES}


@dataclass(frozen=True, slots=True)
class JobsAdmitted:
    """How many jobs an organisation may have when one more is added at `now` (unix seconds)."""

    under_way: int
    a_day: int
    now: int

    @property
    def day_began(self) -> int:
        """What was submitted at this time or before counts no more."""
        return self.now - DAY_SECONDS


@dataclass(frozen=True, slots=True)
class JobsTaken:
    """How many jobs an organisation has under way, and has submitted since a time.

    `first_at` is when the first of the latter was submitted, in unix seconds; None without one.
    """

    under_way: int
    submitted: int
    first_at: int | None
