"""What people are told who are not at the portal: what waits for them, by mail or by webhook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Channel = Literal["mail", "hook"]
CHANNELS: tuple[Channel, ...] = ("mail", "hook")


@dataclass(frozen=True, slots=True)
class NoticeAddress:
    """Where a user is told of what waits for them: one address for each channel.

    `secret_hash` is of the link that confirms it, empty once it is confirmed; nothing is told to
    an address before that. `failure` is the code of what went wrong the last time, or empty. Times
    are unix seconds.
    """

    user: str
    channel: Channel
    address: str
    secret_hash: str
    made_at: int
    failure: str = ""

    @property
    def is_confirmed(self) -> bool:
        return not self.secret_hash


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that waits, told once on one channel; told again only when it waits anew (`since`).

    `path` is the page that it is about. `tries` counts attempts to send it; `next_try_at` is in
    unix seconds.
    """

    notice: str
    user: str
    channel: Channel
    kind: str
    subject: str
    since: int
    text: str
    path: str
    made_at: int
    tries: int = 0
    next_try_at: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, in plain text."""

    to: str
    subject: str
    text: str
