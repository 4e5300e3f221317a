"""Which jobs somebody wants to see, as they choose it on a page: by state, dataset, day, words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from market.entities.job_states import FACTS, STATES, TERMINAL, State
from market.entities.jobs_wanted import JobsWanted
from market.errors import Refused
from market.policy.finding.audit_filter import day_begins, day_ends

UNDER_WAY: Final = "under-way"
_MOST_WORDS: Final = 8


@dataclass(frozen=True, slots=True)
class JobFilter:
    """As it was written; an empty member asks nothing.

    Attributes:
        state: a state, or UNDER_WAY.
        who: part of the name or id of a user or organisation that asked.
        since, until: days as 2027-01-31 (UTC), both included.
        words: in ids, subjects and datasets.
    """

    state: str = ""
    dataset: str = ""
    who: str = ""
    since: str = ""
    until: str = ""
    words: str = ""

    def query(self) -> dict[str, str]:
        """The members that ask something, as they stand in an address."""
        return {name: text for name in self.__slots__ if (text := getattr(self, name))}


def state_choices() -> list[tuple[str, str]]:
    """What `state` may be, and what it is called."""
    return [(UNDER_WAY, "under way"), *((state, FACTS[state].label) for state in STATES)]


def read_job_filter(written: JobFilter, askers: frozenset[str] | None) -> JobsWanted:
    """The jobs that a filter asks for.

    Args:
        askers: ids of those whom `who` means; None where it is empty.

    Raises:
        Refused: `filter-malformed`.
    """
    return JobsWanted(
        states=_states(written.state),
        dataset=written.dataset.strip(),
        askers=askers,
        since=day_begins(written.since) if written.since else None,
        until=day_ends(written.until) if written.until else None,
        words=tuple(written.words.lower().split()[:_MOST_WORDS]),
    )


def _states(written: str) -> tuple[State, ...]:
    if written == UNDER_WAY:
        return tuple(state for state in STATES if state not in TERMINAL)
    if found := tuple(state for state in STATES if state == written):
        return found
    if not written:
        return ()
    raise Refused(
        "filter-malformed",
        f"{written!r:.80} is no state of a job.",
        f"Choose one of {', '.join(one for one, _ in state_choices())}.",
    )
