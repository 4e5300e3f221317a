"""What administrators do, written down before it is done; and the trail of it, read and verified.

An act that is refused, or that a failure stopped, has a second entry which says so. An entry
without one stands for an act that was done, or was under way when its process died.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

from crypto import canonical
from crypto.canonical import Json
from market.entities.people import Names, Operator, User
from market.errors import MarketError, Unavailable
from market.policy.finding.audit_filter import OUT_OF_ORDER_SECONDS, Wanted
from market.policy.operation.audit import open_entry, verified
from market.ports.audit import KeptEntry
from market.records.audit import FIRST_PREVIOUS, Act, AuditEntry, AuditHead, document_hash
from market.records.signed import Signed, sign_record
from market.services.authorize import require_administrator
from market.services.platform import Platform

PAGE: Final = 50
LOOKED_AT: Final = 10 * (PAGE + 1)
"""Entries that one page looks at, at most: what their signatures take is what it costs."""
ALL: Final = Wanted()
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Deed:
    """What is about to be done, in ids only.

    Attributes:
        subject: the user, organisation, secret or version of a dataset that it is done to.
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


def newest_of(
    platform: Platform, by: User | Operator, acts: frozenset[Act]
) -> tuple[list[AuditEntry], int | None]:
    """Entries of some acts among the newest `LOOKED_AT`, newest first; and how far back that is
    (unix seconds), None where it is the whole trail.

    Raises:
        NotPermitted: `by` is not an administrator. Refused: `audit-broken`.
    """
    require_administrator(by)
    found, oldest = list[AuditEntry](), None
    for entry in _newest_first(platform, None):
        oldest = entry
        if entry.act in acts:
            found.append(entry)
    return found, None if oldest is None or oldest.number == 1 else oldest.at


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, newest first; `older` is the number to go on below, None at the end."""

    entries: tuple[AuditEntry, ...]
    older: int | None


def read_trail(
    platform: Platform, by: User | Operator, *, below: int | None, wanted: Wanted = ALL
) -> TrailPage:
    """A page of the trail, from below a number or from its end.

    A page looks at so many entries at most, whatever is wanted and however long the trail is; it
    may then hold few or none, and the next one goes on.

    Raises:
        NotPermitted: `by` is not an administrator.
        Refused: `audit-broken`: an entry that was looked at is not as the platform signed it.
    """
    require_administrator(by)
    members = _members(platform, wanted)
    entries: list[AuditEntry] = []
    number = _place(platform, wanted, below)
    for entry in _newest_first(platform, number):
        if wanted.is_over_before(entry):
            return TrailPage(tuple(entries), None)
        if wanted.admits(entry, members):
            if len(entries) == PAGE:
                return TrailPage(tuple(entries), number)
            entries.append(entry)
        number = entry.number
    is_more = bool(platform.audit.before(number, limit=1)) if number else False
    return TrailPage(tuple(entries), number if is_more else None)


def names_of_trail(platform: Platform, trail: TrailPage | None) -> Names:
    """What those are called who did something, or had it done to them."""
    entries = trail.entries if trail else ()
    subjects = {entry.subject for entry in entries}
    users = subjects | {entry.by for entry in entries if entry.by is not None}
    return platform.people.names(users, subjects)


def _newest_first(platform: Platform, below: int | None) -> Iterator[AuditEntry]:
    """At most `LOOKED_AT` entries, each once its signature was found right."""
    key = platform.identity.public.hex
    for _ in range(LOOKED_AT // (PAGE + 1)):
        kept = platform.audit.before(below, limit=PAGE + 1)
        yield from (open_entry(one, key).record for one in kept)
        if len(kept) <= PAGE:
            return
        below = kept[-1].number


def _place(platform: Platform, wanted: Wanted, below: int | None) -> int | None:
    """Where to begin: below what is later than anything wanted, found by halving."""
    if wanted.until is None:
        return below
    newest = platform.audit.before(below, limit=1)
    low, high = 1, newest[0].number + 1 if newest else 1
    while low < high:
        middle = (low + high) // 2
        kept = platform.audit.before(middle + 1, limit=1)
        at = open_entry(kept[0], platform.identity.public.hex).record.at if kept else 0
        if at > wanted.until + OUT_OF_ORDER_SECONDS:
            high = middle
        else:
            low = middle + 1
    return low


def _members(platform: Platform, wanted: Wanted) -> frozenset[str]:
    if not wanted.organisation:
        return frozenset()
    users = platform.people.users()
    return frozenset(one.user for one in users if one.organisation == wanted.organisation)


def chosen(
    platform: Platform, entries: list[Signed[AuditEntry]], wanted: Wanted
) -> list[Signed[AuditEntry]]:
    """Those of a verified trail that are wanted."""
    members = _members(platform, wanted)
    return [one for one in entries if wanted.admits(one.record, members)]


def wanted_entries(platform: Platform, wanted: Wanted) -> Iterator[Signed[AuditEntry]]:
    """Those of the whole trail that are wanted, oldest first, each verified as it is reached.

    Raises:
        Refused: `audit-broken`, at the entry that is.
    """
    members = _members(platform, wanted)
    whole = verified(_all(platform), platform.identity.public.hex)
    return (one for one in whole if wanted.admits(one.record, members))


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


def export_document(
    platform: Platform,
    by: User | Operator,
    wanted: Wanted,
    *,
    now: int,
) -> dict[str, Json]:
    """What an export holds: the wanted entries as they were signed, oldest first, and the head of
    the whole trail (raises as `export_trail`)."""
    entries, newest = export_trail(platform, by, now=now)
    return {
        "entries": [canonical.loads(one.encode()) for one in chosen(platform, entries, wanted)],
        "head": canonical.loads(newest.encode()),
    }


def _all(platform: Platform) -> Iterator[KeptEntry]:
    number = 0
    while found := platform.audit.after(number, limit=_AT_ONCE):
        yield from found
        number = found[-1].number
