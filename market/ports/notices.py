"""Where users are told of what waits for them, what is still to be told, and who tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from market.entities.notices import Channel, Letter, Notice, NoticeAddress


class Notices(Protocol):
    def addresses(self, user: str) -> list[NoticeAddress]:
        """A user's addresses, confirmed or not, by channel."""

    def put_address(self, address: NoticeAddress) -> None:
        """Keep an address in the place of the channel's one before; what was still to be told there
        is told nobody."""

    def confirm(self, user: str, secret_hash: str) -> bool:
        """Take an address for confirmed, whose secret has this hash; whether there was one."""

    def remove_address(self, user: str, channel: Channel) -> None:
        """Tell a user nothing more on a channel; what was still to be told goes with it."""

    def note_failure(self, user: str, channel: Channel, code: str) -> None:
        """What went wrong there the last time; empty after a success."""

    def told_users(self, after: str, limit: int) -> list[str]:
        """Users with a confirmed address, by id, from the one behind `after` on."""

    def add(self, notices: Sequence[Notice]) -> None:
        """Keep what is to be told; what was noted of the same thing since the same moment, on the
        same channel of the same user, is not noted again."""

    def due(self, *, now: int, limit: int) -> list[Notice]:
        """What is to be sent now, the oldest first; nothing to an address that is not confirmed."""

    def try_again(self, notices: Sequence[str], *, at: int) -> None:
        """Count an attempt, and put the next one off until `at`."""

    def end(self, notices: Sequence[str]) -> None:
        """They were sent, or are given up: they are not due again."""

    def forget_before(self, made_before: int) -> None:
        """Drop what has ended and was made before a moment."""


class Messengers(Protocol):
    def mail(self, letter: Letter) -> None:
        """Hand a mail to the operator's mail server.

        Raises:
            Refused: `mail-off`: there is none; `mail-refused`: it does not take this one.
            Unavailable: `mail-failed`.
        """

    def hook(self, url: str, body: bytes) -> None:
        """POST a signed document to an address.

        Raises:
            Refused: `hook-address`: it may not lead there.
            Unavailable: `hook-failed`: it was not answered with success.
        """
