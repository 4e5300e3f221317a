"""Which entries of the audit trail somebody wants to see. Only what was verified is looked at: an
index of its own could be changed to hide an entry, whose signature then still held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, get_args

from market.errors import Refused
from market.records.audit import ACTS, Act, AuditEntry

OPERATOR: Final = "operator"
"""How an entry of an operator at the platform's own machine is asked for."""
_OF_ORGANISATIONS: Final = ("organisation-added", "organisation-exported", "limit-set")
OUT_OF_ORDER_SECONDS: Final = 3_600
"""How far an entry's time may lie before an earlier one's: clocks of several processes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an entry must be; an empty member asks nothing.

    Attributes:
        by: who did it: a user's id, or `OPERATOR`.
        organisation: whom it concerns: it, or one of its users, did it or had it done to them.
        since, until: unix seconds, both included.
    """

    by: str = ""
    act: Act | None = None
    organisation: str = ""
    since: int | None = None
    until: int | None = None

    def admits(self, entry: AuditEntry, members: frozenset[str]) -> bool:
        """Whether it is such an entry.

        Args:
            members: the ids of the organisation's users.
        """
        return (
            self.by in ("", entry.by or OPERATOR)
            and self.act in (None, entry.act)
            and (not self.organisation or self._concerns(entry, members))
            and (self.since is None or self.since <= entry.at)
            and (self.until is None or entry.at <= self.until)
        )

    def _concerns(self, entry: AuditEntry, members: frozenset[str]) -> bool:
        is_itself = entry.act in _OF_ORGANISATIONS and entry.subject == self.organisation
        return is_itself or not members.isdisjoint({entry.by or "", entry.subject})

    def is_over_before(self, entry: AuditEntry) -> bool:
        """Whether neither this entry nor any before it can be wanted."""
        return self.since is not None and entry.at < self.since - OUT_OF_ORDER_SECONDS


def read_wanted(by: str, act: str, organisation: str, since: str, until: str) -> Wanted:
    """A filter as somebody wrote it: dates as 2027-01-31 in UTC, whole days.

    Raises:
        Refused: `filter-malformed`.
    """
    found = next((one for one in ACTS if one == act), None)
    if act and found is None:
        raise _malformed(f"{act!r:.80} is no act", f"Choose one of {', '.join(get_args(Act))}.")
    return Wanted(
        by=by,
        act=found,
        organisation=organisation,
        since=day_begins(since) if since else None,
        until=day_ends(until) if until else None,
    )


def day_begins(text: str) -> int:
    """The first second (unix) of a day written as 2027-01-31, in UTC (raises Refused)."""
    return int(_day(text).timestamp())


def day_ends(text: str) -> int:
    """The last second (unix) of a day (raises Refused, `filter-malformed`)."""
    return int((_day(text) + timedelta(days=1)).timestamp()) - 1


def _day(text: str) -> datetime:
    try:
        day = date.fromisoformat(text)
        if day == date.max:
            raise ValueError(text)
    except ValueError as error:
        raise _malformed(f"{text!r:.80} is no date", "Write it as 2027-01-31.") from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _malformed(message: str, next_action: str) -> Refused:
    return Refused("filter-malformed", f"{message}.", next_action)
