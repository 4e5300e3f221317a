"""What is told of what waits, in which words, and when it is tried again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from market.entities.inbox import InboxItem
from market.entities.notices import Letter, Notice
from market.errors import Refused
from market.plan.text import readable

MOST_TRIES: Final = 8
FIRST_PAUSE_SECONDS: Final = 60
"""Doubled from try to try: the eighth comes two hours after the first."""
_LONGEST_TEXT: Final = 500
_LONGEST_ADDRESS: Final = 1_000
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""As browsers check `<input type=email>` (HTML, section 4.10.5.1.5), with a dot in the host."""
_PATHS: Final = {
    "sign": "/jobs/{subject}",
    "approve": "/jobs/{subject}",
    "open": "/jobs/{subject}",
    "shared": "/jobs/{subject}",
    "withdrawn": "/jobs/{subject}",
    "access": "/datasets/{subject}",
    "renew": "/account",
    "join": "/consortia/{subject}",
    "consent": "/consortia/{subject}",
    "bind": "/consortia/{subject}",
}


def path_of(item: InboxItem) -> str:
    """The portal's page about something that waits."""
    return _PATHS[item.kind].format(subject=item.subject)


def told(item: InboxItem) -> str:
    """What waits, as text that no mail or log is broken by."""
    return readable(" ".join(item.text.split()))[:_LONGEST_TEXT]


def pause_seconds(tries: int) -> int:
    """Until the next try, after so many."""
    return FIRST_PAUSE_SECONDS << max(tries - 1, 0)


def read_mail_address(text: str) -> str:
    """A mail address as it is kept.

    Raises:
        Refused: `mail-malformed`.
    """
    address = text.strip()
    if len(address) > 254 or not _MAIL.fullmatch(address):
        raise Refused(
            "mail-malformed",
            f"{readable(address)[:80]!r} is not a mail address.",
            "Give one, such as ada@example.org.",
        )
    return address


def read_hook_address(text: str, *, allow_private: bool) -> str:
    """A webhook's address as it is kept.

    Args:
        allow_private: that plain http is accepted, too: inside the operator's own network.

    Raises:
        Refused: `hook-malformed`.
    """
    url = text.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    schemes = ("https", "http") if allow_private else ("https",)
    is_plain = parts.username is None and parts.password is None and not parts.fragment
    if (
        parts.scheme not in schemes
        or not parts.hostname
        or not is_plain
        or port == 0
        or len(url) > _LONGEST_ADDRESS
        or not url.isascii()
        or not url.isprintable()
        or " " in url
    ):
        raise Refused(
            "hook-malformed",
            f"{readable(url)[:80]!r} is not an address for a webhook.",
            "Give an https:// address without user or password in it.",
        )
    return url


def letter_of(notices: Sequence[Notice], to: str, portal_url: str) -> Letter:
    """One mail about all that is to be told to one person now."""
    count = len(notices)
    subject = told_subject(notices[0]) if count == 1 else f"{count} things wait for you"
    lines = [f"{one.text}\n{portal_url}{one.path}\n" for one in notices]
    end = f"You asked to be told at {portal_url}/account, where you can end it.\n"
    return Letter(to, f"{subject} ({urlsplit(portal_url).hostname})", "\n".join([*lines, end]))


def told_subject(notice: Notice) -> str:
    """The subject of a mail about one thing: short, and nothing of what strangers typed."""
    return {
        "sign": f"{notice.subject} waits for your signature",
        "approve": f"{notice.subject} waits for your approval",
        "open": f"{notice.subject} can be opened",
        "shared": f"The result of {notice.subject} is shared with you",
        "withdrawn": f"The result of {notice.subject} is taken back",
        "access": f"Somebody asks for access to {notice.subject}",
        "renew": "Your agent's token ends",
    }.get(notice.kind, f"{notice.subject} waits for you")


def confirmation(to: str, portal_url: str, secret: str, user: str) -> Letter:
    """The mail that confirms an address."""
    link = f"{portal_url}/account/notices/confirm?secret={secret}"
    text = (
        f"{user} at {portal_url} asks to be told here of what waits for them. If that is you, sign "
        f"in and confirm it:\n\n{link}\n\nIf it is not, do nothing: no mail follows.\n"
    )
    return Letter(to, f"Confirm this address ({urlsplit(portal_url).hostname})", text)
