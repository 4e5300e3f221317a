"""What administrators do, written down before it is done; and the trail of it, read and verified.

An act that is refused, or that a failure stopped, has a second entry which says so. An entry
without one stands for an act that was done, or was under way when its process died.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

from market.entities.people import Operator, User
from market.errors import MarketError, Unavailable
from market.policy.audit import open_entry, verified
from market.ports.audit import KeptEntry
from market.records.audit import FIRST_PREVIOUS, Act, AuditEntry, AuditHead, document_hash
from market.records.signed import Signed, sign_record
from market.services.authorize import require_administrator
from market.services.platform import Platform

PAGE: Final = 50
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Deed:
    """What is about to be done, in ids only.

    Attributes:
        subject: the user, organisation or secret that it is done to.
    """

    act: Act
    subject: str = ""
    before: str = ""
    after: str = ""


@contextmanager
def audited(platform: Platform, by: User | Operator, deed: Deed, *, now: int) -> Iterator[None]:
    """Do what is done inside this block only once the trail says that it will be.

    Raises:
        Unavailable: the trail cannot be written; the block is not begun.
    """
    who = by.user if isinstance(by, User) else None
    entry = AuditEntry(
        1, FIRST_PREVIOUS, now, who, deed.act, deed.subject, deed.before, deed.after, None, ""
    )
    number = _append(platform, entry)
    try:
        yield
    except MarketError as error:
        with suppress(Unavailable):
            _append(platform, replace(entry, not_done=number, code=error.code))
        raise


def _append(platform: Platform, entry: AuditEntry) -> int:
    def sign(number: int, previous: str) -> Signed[AuditEntry]:
        record = replace(entry, number=number, previous=previous)
        return sign_record(platform.identity, record)

    return platform.audit.append(sign).record.number


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, newest first; `older` is the number to go on below, None at the end."""

    entries: tuple[AuditEntry, ...]
    older: int | None


def read_trail(platform: Platform, by: User | Operator, *, below: int | None) -> TrailPage:
    """A page of the trail, from below a number or from its end.

    Raises:
        NotPermitted: `by` is not an administrator.
        Refused: `audit-broken`: an entry of the page is not as the platform signed it.
    """
    require_administrator(by)
    key = platform.identity.public.hex
    kept = platform.audit.before(below, limit=PAGE + 1)
    entries = tuple(open_entry(one, key).record for one in kept[:PAGE])
    return TrailPage(entries, kept[PAGE - 1].number if len(kept) > PAGE else None)


def export_trail(
    platform: Platform, by: User | Operator, *, now: int, head: AuditHead | None = None
) -> tuple[list[Signed[AuditEntry]], Signed[AuditHead]]:
    """The whole trail, verified, oldest first; and its head, for keeping elsewhere.

    Args:
        head: of an earlier export, that the trail must still hold.

    Raises:
        NotPermitted: `by` is not an administrator. Refused: `audit-broken`.
    """
    require_administrator(by)
    entries = list(verified(_all(platform), platform.identity.public.hex, head))
    newest_hash = document_hash(entries[-1].encode().decode()) if entries else FIRST_PREVIOUS
    newest = AuditHead(len(entries), newest_hash, now)
    return entries, sign_record(platform.identity, newest)


def _all(platform: Platform) -> Iterator[KeptEntry]:
    number = 0
    while found := platform.audit.after(number, limit=_AT_ONCE):
        yield from found
        number = found[-1].number
