"""What an administrator is told of the platform's backups: how old the last one is, whether it was
read through, and what to run next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from market.records.audit import AuditEntry

OLD_SECONDS: Final = 7 * 24 * 3_600
"""A backup as old as this is told as too old."""
SHOWN: Final = 10

_BACK_UP: Final = 'market admin backup "/backup/$(date +%F).backup"'
_VERIFY: Final = 'market admin verify-backup "/backup/$(date +%F).backup"'


@dataclass(frozen=True, slots=True)
class Backups:
    """What the audit trail says of backups; entries are newest first.

    Attributes:
        age_seconds: of the newest backup; None where there is none.
        is_verified: the newest one was read to its end, and was whole.
        looked_since: where older entries were not looked at, since when (unix seconds) none is
            missing here; None where all were.
        tone, sentence: how well that is; `command` is what to run next, empty for nothing.
    """

    made: tuple[AuditEntry, ...]
    verified: AuditEntry | None
    restored: AuditEntry | None
    age_seconds: int | None
    is_verified: bool
    looked_since: int | None
    tone: Literal["good", "bad", ""]
    sentence: str
    command: str


def as_of(made_at: int) -> str:
    """How an entry names a backup: by when it was made (unix seconds)."""
    return f"as of {datetime.fromtimestamp(made_at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def judge(entries: Iterable[AuditEntry], *, looked_since: int | None, now: int) -> Backups:
    """What entries of acts on backups, newest first, say now. Those that say of another that it
    was not done are heeded, and are no acts."""
    done, undone = list[AuditEntry](), set[int]()
    for entry in entries:
        if entry.not_done is not None:
            undone.add(entry.not_done)
        elif entry.number not in undone:
            done.append(entry)
    made = [entry for entry in done if entry.act == "backup-made"]
    verified = [entry for entry in done if entry.act == "backup-verified"]
    restored = [entry for entry in done if entry.act == "restored"]
    age_seconds = now - made[0].at if made else None
    is_verified = bool(made) and as_of(made[0].at) in {entry.after for entry in verified}
    tone, sentence, command = _advice(age_seconds, is_verified=is_verified)
    return Backups(
        tuple(made[:SHOWN]),
        verified[0] if verified else None,
        restored[0] if restored else None,
        age_seconds,
        is_verified,
        looked_since,
        tone,
        sentence,
        command,
    )


def _advice(
    age_seconds: int | None, *, is_verified: bool
) -> tuple[Literal["good", "bad", ""], str, str]:
    if age_seconds is None:
        return "bad", "No backup is known: what is lost now is lost for good.", _BACK_UP
    if age_seconds > OLD_SECONDS:
        return "bad", "The last backup is more than a week old. Make one now.", _BACK_UP
    if not is_verified:
        return "", "The last backup is recent, and was not read through yet.", _VERIFY
    return "good", "The last backup is recent, and was found whole.", ""
