"""Where a person is told of what waits for them: an address is given, confirmed, taken back."""

from __future__ import annotations

from market.entities.notices import Channel, NoticeAddress
from market.entities.people import User
from market.errors import NotPermitted, TooMany
from market.policy.operation.notices import confirmation, read_hook_address, read_mail_address
from market.ports.people import hash_of
from market.records.notice import NoticeRecord
from market.records.signed import sign_record
from market.services.platform import Platform

BETWEEN_MAILS_SECONDS = 60
"""Nobody has many mails sent to an address that they only claim."""


def read_addresses(platform: Platform, user: User) -> list[NoticeAddress]:
    """The person's own addresses."""
    return platform.notices.addresses(user.user)


def tell_by_mail(
    platform: Platform, user: User, text: str, *, portal_url: str, now: int
) -> NoticeAddress:
    """Have a mail address confirmed by a link that is sent there; then it is used.

    Raises:
        Refused: `mail-malformed`, `mail-off`, `mail-refused`. Unavailable: `mail-failed`.
        TooMany: `too-many-mails`.
    """
    address = read_mail_address(text)
    for known in platform.notices.addresses(user.user):
        waited = now - known.made_at
        if known.channel == "mail" and waited < BETWEEN_MAILS_SECONDS:
            raise TooMany(
                "too-many-mails",
                f"A mail was sent to {known.address} {waited} seconds ago.",
                "Wait a minute, then give the address again.",
                retry_after_seconds=BETWEEN_MAILS_SECONDS - waited,
            )
    secret = platform.entropy(32).hex()
    kept = NoticeAddress(user.user, "mail", address, hash_of(secret), now)
    platform.messengers.mail(confirmation(address, portal_url, secret, user.user))
    platform.notices.put_address(kept)
    return kept


def confirm_mail(platform: Platform, user: User, secret: str) -> None:
    """Take the person's mail address for theirs: they have read what was sent there.

    Raises:
        NotPermitted: `confirmation-dead`.
    """
    if not platform.notices.confirm(user.user, hash_of(secret)):
        raise NotPermitted(
            "confirmation-dead",
            "This link confirms no address of yours: it was used, or another address was given.",
            "Look at your account, and give the address again.",
        )


def tell_by_hook(
    platform: Platform,
    user: User,
    text: str,
    *,
    portal_url: str,
    allow_private: bool,
    now: int,
) -> NoticeAddress:
    """Take a webhook's address; it is used if a first signed document is taken there now.

    Raises:
        Refused: `hook-malformed`, `hook-address`. Unavailable: `hook-failed`.
    """
    url = read_hook_address(text, allow_private=allow_private)
    hello = NoticeRecord(
        platform.entropy(16).hex(),
        user.user,
        "hello",
        user.user,
        "Here you are told of what waits for you.",
        f"{portal_url}/account",
        now,
        now,
    )
    platform.messengers.hook(url, sign_record(platform.identity, hello).encode())
    kept = NoticeAddress(user.user, "hook", url, "", now)
    platform.notices.put_address(kept)
    return kept


def tell_no_more(platform: Platform, user: User, channel: Channel) -> None:
    """Remove an address of the person's; nothing happens where there is none."""
    platform.notices.remove_address(user.user, channel)
