"""What waits for a user, a page of it, with what a person weighs before acting on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from market.entities.dataset import AccessRequest
from market.entities.inbox import InboxItem, InboxPlace
from market.entities.job import Job
from market.entities.people import Names, User
from market.services.inbox.read_inbox import sort_inbox
from market.services.platform import Platform
from market.services.read_names import names_of

PAGE_ROWS: Final = 20
_OF_JOBS: Final = frozenset({"sign", "approve", "open", "shared", "withdrawn"})


@dataclass(frozen=True, slots=True)
class InboxRow:
    """An item, the job it is about, and the wish for access that it is, or that its job's buyer
    once had: there they said what they want to find out."""

    item: InboxItem
    job: Job | None
    asked: AccessRequest | None


@dataclass(frozen=True, slots=True)
class InboxRows:
    """A page of items, oldest first.

    Attributes:
        later: behind which place the next page begins; None after the last.
        waiting_count, done_count: how many there are in all, on either side of the marks.
        names: of all who asked.
    """

    rows: tuple[InboxRow, ...]
    later: InboxPlace | None
    waiting_count: int
    done_count: int
    names: Names


def read_inbox_rows(
    platform: Platform, user: User, *, after: InboxPlace | None, is_done: bool, now: int
) -> InboxRows:
    """A page of the inbox (market.services.inbox.read_inbox).

    Args:
        after: behind which place it begins, whether anything stands there still or not.
        is_done: what the user has marked as done, instead of what waits.
    """
    inbox = sort_inbox(platform, user, now=now)
    half = inbox.done if is_done else inbox.waiting
    rest = [item for item in half if after is None or item.place > after]
    shown = rest[:PAGE_ROWS]
    rows = _rows(platform, user, shown)
    told = [one for row in rows for one in (row.job, row.asked) if one is not None]
    return InboxRows(
        rows,
        shown[-1].place if len(rest) > PAGE_ROWS else None,
        len(inbox.waiting),
        len(inbox.done),
        names_of(platform, told=told),
    )


def _rows(platform: Platform, user: User, items: list[InboxItem]) -> tuple[InboxRow, ...]:
    jobs = [platform.jobs.get(one.subject) if one.kind in _OF_JOBS else None for one in items]
    wishes = _wishes(platform, user, items, jobs)
    return tuple(
        InboxRow(item, job, _wish(wishes, item, job)) for item, job in zip(items, jobs, strict=True)
    )


def _wishes(
    platform: Platform, user: User, items: list[InboxItem], jobs: list[Job | None]
) -> list[AccessRequest]:
    """All for those of the user's datasets that they are to answer about, the newest last."""
    about = {item.subject for item in items if item.kind == "access"}
    for item, job in zip(items, jobs, strict=True):
        if item.kind == "approve" and job is not None:
            about |= {asked.dataset for asked in job.datasets}
    # Of another owner's dataset in the same job nobody else reads who wished for what.
    own = about.intersection(platform.catalogue.ids_of_owner(user.user)) if about else set()
    return [one for dataset in sorted(own) for one in platform.catalogue.access_requests(dataset)]


def _wish(wishes: list[AccessRequest], item: InboxItem, job: Job | None) -> AccessRequest | None:
    if item.kind == "access":
        return next((one for one in wishes if one.request == item.request), None)
    if item.kind != "approve" or job is None:
        return None
    datasets = {asked.dataset for asked in job.datasets}
    mine = [one for one in wishes if one.user == job.buyer and one.dataset in datasets]
    return mine[-1] if mine else None
