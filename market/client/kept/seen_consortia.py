"""How far each consortium had come when this home last saw it: it never goes back.

A platform that shows an agreement its members have left, or replaced, shows true signatures. So
what was seen is kept: number, hash and end of the newest.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto import canonical
from crypto.errors import FormatError
from market import wire
from market.adapters.private_files import write_private
from market.client.kept.home import ClientHome
from market.entities.consortium import Consortium
from market.errors import Refused
from market.records.signed import record_hash


@dataclass(frozen=True, slots=True)
class Seen:
    """`agreement_hash` is empty before every seat was taken."""

    number: int
    proposal_hash: str
    agreement_hash: str
    has_ended: bool


def remember_seen(home: ClientHome, consortium: Consortium, *, is_newest: bool) -> None:
    """Keep what is shown of a consortium, unless this home has seen more.

    Args:
        is_newest: shown as its newest agreement; of an older one only what is known is compared.

    Raises:
        Refused: `consortium-outdated`: a lower number than was seen, another proposal or agreement
            under the same one, or one as standing that had ended.
    """
    path = home.consortium_path(consortium.consortium)
    kept = _read(path.read_bytes()) if path.exists() else None
    shown = Seen(
        consortium.number,
        record_hash(consortium.proposal.record),
        consortium.agreement_hash,
        consortium.state == "ended",
    )
    if kept is not None and (is_newest or shown.number == kept.number):
        _check_not_less(consortium.consortium, kept, shown)
    if is_newest and shown != kept:
        write_private(path, canonical.dumps(wire.to_json(shown)))


def _check_not_less(consortium: str, kept: Seen, shown: Seen) -> None:
    if shown.number > kept.number:
        return
    is_same = (
        shown.number == kept.number
        and shown.proposal_hash == kept.proposal_hash
        and kept.agreement_hash in ("", shown.agreement_hash)
        and shown.has_ended >= kept.has_ended
    )
    if not is_same:
        raise Refused(
            "consortium-outdated",
            f"The portal shows {_told(shown)} of {consortium}; this home has seen {_told(kept)}.",
            "Nothing was signed. Tell the other members, by a channel other than the portal.",
        )


def _told(seen: Seen) -> str:
    agreement = f"agreement {seen.agreement_hash[:16]}" if seen.agreement_hash else "open seats"
    return f"proposal {seen.number} ({agreement}{', ended' if seen.has_ended else ''})"


def _read(data: bytes) -> Seen:
    try:
        return wire.decode(Seen, data)
    except FormatError as error:
        raise Refused(
            "consortium-file-damaged",
            f"What this home has seen of a consortium cannot be read: {error}.",
            "Restore the home from its backup; or remove the file, and compare all keys again.",
        ) from error
