"""Whether a trail of administrators' acts is whole: every entry signed, in its place, none missing.

What was cut off its end looks whole by itself. A signed head that was kept elsewhere tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crypto.errors import CryptoError
from market.errors import Refused
from market.ports.audit import KeptEntry
from market.records.audit import FIRST_PREVIOUS, AuditEntry, AuditHead, document_hash
from market.records.signed import Signed, open_signed


def open_entry(kept: KeptEntry, platform_key: str) -> Signed[AuditEntry]:
    """An entry, once the platform's signature (by its key in hex) was found right.

    Raises:
        Refused: `audit-broken`: it is not as the platform signed it, or in another's place.
    """
    try:
        entry = open_signed(AuditEntry, kept.document.encode(), signer=platform_key)
    except (CryptoError, ValueError) as error:
        raise _broken(f"Entry {kept.number} is not as the platform signed it: {error}") from error
    if entry.record.number != kept.number:
        raise _broken(f"Entry {entry.record.number} stands in the place of {kept.number}")
    return entry


def verified(
    trail: Iterable[KeptEntry], platform_key: str, head: AuditHead | None = None
) -> Iterator[Signed[AuditEntry]]:
    """The entries of a trail from its first one, each once it is known to belong there.

    Args:
        head: of an earlier export, that the trail must still hold.

    Raises:
        Refused: `audit-broken`, with the first entry that is missing, altered or moved.
    """
    newest, newest_hash = 0, FIRST_PREVIOUS
    for kept in trail:
        if kept.number != newest + 1:
            raise _broken(f"Entry {newest + 1} is missing: {kept.number} comes in its place")
        entry = open_entry(kept, platform_key)
        if entry.record.previous != newest_hash:
            raise _broken(f"Entry {kept.number} follows another entry than {newest}")
        newest, newest_hash = kept.number, document_hash(kept.document)
        if head is not None and newest == head.number and newest_hash != head.entry_hash:
            raise _broken(f"Entry {newest} is another than the one that the head names")
        yield entry
    if head is not None and newest < head.number:
        raise _broken(f"Entries {newest + 1} to {head.number} are missing: the head names them")


def _broken(message: str) -> Refused:
    return Refused(
        "audit-broken",
        f"{message}.",
        "Somebody changed the platform's database past its programs. Compare the trail with an "
        "earlier export of it and with a backup.",
    )
