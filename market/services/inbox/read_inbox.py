"""What waits for a user, oldest first; and what of it they have marked as done, for themselves.

A mark changes nothing but this list: what was marked stays to be found, and comes back by itself
once something happens to it, since it then waits from another moment on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from market.entities.inbox import InboxItem, InboxMark, InboxPlace
from market.entities.job import Job
from market.entities.job_states import FACTS, STATES, State
from market.entities.people import User
from market.plan.plural import counted
from market.policy.operation.tokens import WARNED_SECONDS
from market.services.authorize import part_of
from market.services.inbox.read_member_inbox import of_member
from market.services.inbox.read_shared_inbox import of_reader
from market.services.jobs.list_jobs import owned_names
from market.services.platform import Platform

NEWEST_JOBS: Final = 20
"""Of the buyer's jobs in one state, so many stand in the inbox; the job list has all of them."""
MOST_ACCESS: Final = 100
"""Requests for access that stand in the inbox: the oldest."""
MOST_MARKS: Final = 500
"""A user's marks that are kept: the newest."""


def _states_for(who: Literal["buyer", "owner"]) -> tuple[State, ...]:
    lines = ((state, FACTS[state].inbox) for state in STATES)
    return tuple(state for state, line in lines if line is not None and line.who == who)


_BUYER_STATES: Final = _states_for("buyer")
_OWNER_STATES: Final = _states_for("owner")


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits for a user, by its places: not marked, and marked as done."""

    waiting: tuple[InboxItem, ...]
    done: tuple[InboxItem, ...]


def read_inbox(platform: Platform, user: User, *, now: int) -> list[InboxItem]:
    """What one user has to do, oldest first; of the results to open, the newest ones. Not what
    they have marked as done."""
    return list(sort_inbox(platform, user, now=now).waiting)


def sort_inbox(platform: Platform, user: User, *, now: int) -> Inbox:
    """Both halves of a user's inbox."""
    marked = {mark.place for mark in platform.inbox_marks.of_user(user.user)}
    items = [
        *_of_buyer(platform, user, marked),
        *of_reader(platform, user, marked),
        *_of_owner(platform, user),
        *of_member(platform, user),
        *_of_agent(platform, user, now=now),
    ]
    items.sort(key=lambda item: item.place)
    return Inbox(
        waiting=tuple(item for item in items if item.place not in marked),
        done=tuple(item for item in items if item.place in marked),
    )


def mark_done(platform: Platform, user: User, place: InboxPlace, *, now: int) -> None:
    """Mark what stands at a place of the user's inbox as done; what does not stand there, or was
    marked before, changes nothing."""
    if any(item.place == place for item in read_inbox(platform, user, now=now)):
        platform.inbox_marks.put(InboxMark(user.user, place, now), most=MOST_MARKS)


def unmark(platform: Platform, user: User, place: InboxPlace) -> None:
    """Take a mark back; nothing happens where there is none."""
    platform.inbox_marks.remove(user.user, place)


def _of_buyer(platform: Platform, user: User, marked: set[InboxPlace]) -> list[InboxItem]:
    """In each state the newest that are not marked, and those among and before them that are."""
    found = []
    for state in _BUYER_STATES:
        at_most = NEWEST_JOBS + len(marked)
        items = [_of_job(job) for job in platform.jobs.of_buyer(user.user, state, limit=at_most)]
        left = [item for item in items if item.place not in marked][:NEWEST_JOBS]
        found += left + [item for item in items if item.place in marked]
    return found


def _of_owner(platform: Platform, user: User) -> list[InboxItem]:
    if "owner" not in user.roles:
        return []
    waiting = platform.jobs.of_datasets(owned_names(platform, user), _OWNER_STATES)
    items = [_of_job(job) for job in waiting if _awaits_own(platform, user, job)]
    for asked in platform.catalogue.access_waiting(user.user, limit=MOST_ACCESS):
        text = f"{asked.organisation} asks for access to {asked.dataset}: {asked.purpose}"
        command, key = f"market grant give {asked.dataset}", asked.buyer_fingerprint
        items.append(
            InboxItem("access", asked.dataset, text, command, asked.created_at, key, asked.request)
        )
    return items


def _awaits_own(platform: Platform, user: User, job: Job) -> bool:
    part = part_of(platform, user, job)
    if part is None or part.policy.approval != "manual":
        return False
    kept = platform.jobs.documents(job.job)
    return kept.awaits(part.party, job.parties, job.state)


def _of_job(job: Job) -> InboxItem:
    line = job.facts[job.state].inbox
    if line is None:
        raise ValueError(f"job {job.job} is {job.state}, which is nobody's to act on")
    names = {
        "job": job.job,
        "dataset": ", ".join(asked.dataset for asked in job.datasets),
        "organisation": job.organisation,
    }
    text, command = line.text.format(**names), line.command.format(**names)
    return InboxItem(line.kind, job.job, text, command, job.updated_at)


def _of_agent(platform: Platform, user: User, *, now: int) -> list[InboxItem]:
    """Tokens that agents use and that end soon: without one an agent answers nothing."""
    able = [token for token in platform.people.tokens(user.user) if "agent" in token.scopes]
    # An agent without a token of its own uses the one its owner's client was signed in with.
    own = [token for token in able if token.scopes == ("agent",)] or able
    return [
        InboxItem(
            "renew",
            token.label,
            f"The agent's token {token.label} {_ending(token.expires_at - now)}.",
            "market agent login",
            token.expires_at - WARNED_SECONDS,
        )
        for token in own
        if now >= token.expires_at - WARNED_SECONDS
    ]


def _ending(seconds: int) -> str:
    if seconds <= 0:
        return "has ended: with it an agent answers nothing"
    return f"ends in {counted(-(-seconds // 86_400), 'day')}"
