"""Tell people of what waits for them who asked to be told: noted once, sent until it is taken.

By one process at a time (`LEASE`). What is noted is stored before it is sent; a process that is
killed between sending and noting so sends it again, under the same name.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Final

from market.entities.inbox import InboxItem
from market.entities.notices import Channel, Notice
from market.errors import MarketError, NotFound, Refused
from market.policy.operation.notices import MOST_TRIES, letter_of, path_of, pause_seconds, told
from market.records.notice import NoticeRecord
from market.records.signed import sign_record
from market.services.inbox.read_inbox import read_inbox
from market.services.platform import Platform

LEASE: Final = "notices"
LEASE_SECONDS: Final = 60
USERS_AT_ONCE: Final = 50
NOTICES_AT_ONCE: Final = 100
KEPT_SECONDS: Final = 90 * 24 * 3_600
"""So long it is known what was told; what waits longer is told again."""


def ask_to_tell(platform: Platform, process: str, *, now: int) -> bool:
    """Whether telling is this process's until it asks again."""
    return platform.leases.take(LEASE, process, now=now, lease_seconds=LEASE_SECONDS)


def note_waiting(platform: Platform, after: str, *, now: int) -> str:
    """Note what waits for the next users who are told, behind the id `after`.

    Returns:
        whom the next call begins behind; empty after the last.
    """
    users = platform.notices.told_users(after, USERS_AT_ONCE)
    for user in users:
        try:
            waiting = read_inbox(platform, platform.people.user(user), now=now)
        except NotFound:
            continue
        channels = [one.channel for one in platform.notices.addresses(user) if one.is_confirmed]
        platform.notices.add(
            [
                _notice(platform, user, channel, item, now)
                for channel in channels
                for item in waiting
            ]
        )
    platform.notices.forget_before(now - KEPT_SECONDS)
    return users[-1] if len(users) == USERS_AT_ONCE else ""


def _notice(platform: Platform, user: str, channel: Channel, item: InboxItem, now: int) -> Notice:
    return Notice(
        notice=platform.entropy(16).hex(),
        user=user,
        channel=channel,
        kind=item.kind,
        subject=item.subject,
        since=item.since,
        text=told(item),
        path=path_of(item),
        made_at=now,
        next_try_at=now,
    )


def send_due(
    platform: Platform,
    *,
    portal_url: str,
    now: int,
    is_ending: Callable[[], bool] = lambda: False,
) -> None:
    """Send what is due: to a mail address all of it in one mail, to a webhook one by one.

    Args:
        is_ending: whether the process ends: what is left waits for the next one.
    """
    due = platform.notices.due(now=now, limit=NOTICES_AT_ONCE)
    for (user, channel), some in groupby(
        sorted(due, key=lambda one: (one.user, one.channel)), lambda one: (one.user, one.channel)
    ):
        if is_ending():
            return
        _send(platform, user, channel, list(some), portal_url, now)


def _send(
    platform: Platform,
    user: str,
    channel: Channel,
    notices: list[Notice],
    portal_url: str,
    now: int,
) -> None:
    addresses = {one.channel: one.address for one in platform.notices.addresses(user)}
    if channel not in addresses:
        return
    parcels = [notices] if channel == "mail" else [[one] for one in notices]
    for parcel in parcels:
        names = [one.notice for one in parcel]
        tries = max(one.tries for one in parcel) + 1
        # Before it is sent: a process that dies sending tries again, later each time.
        platform.notices.try_again(names, at=now + pause_seconds(tries))
        failure = _failure(platform, addresses[channel], channel, parcel, portal_url, now)
        platform.notices.note_failure(user, channel, failure.code if failure else "")
        if failure is None or isinstance(failure, Refused) or tries >= MOST_TRIES:
            platform.notices.end(names)
        if failure is not None:
            # Whoever does not take one now is asked for no other in this round.
            return


def _failure(
    platform: Platform,
    address: str,
    channel: Channel,
    parcel: list[Notice],
    portal_url: str,
    now: int,
) -> MarketError | None:
    """Send; what went wrong, if anything did."""
    try:
        if channel == "mail":
            platform.messengers.mail(letter_of(parcel, address, portal_url))
        else:
            platform.messengers.hook(address, _body(platform, parcel[0], portal_url, now))
    except MarketError as error:
        return error
    return None


def _body(platform: Platform, notice: Notice, portal_url: str, now: int) -> bytes:
    record = NoticeRecord(
        notice.notice,
        notice.user,
        notice.kind,
        notice.subject,
        notice.text,
        f"{portal_url}{notice.path}",
        notice.since,
        now,
    )
    return sign_record(platform.identity, record).encode()
