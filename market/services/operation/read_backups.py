"""What is known of the platform's backups: the audit trail's word, since files lie elsewhere."""

from __future__ import annotations

from typing import Final

from market.entities.people import Operator, User
from market.policy.operation.backups import Backups, judge
from market.records.audit import Act
from market.services.audit_trail import newest_of
from market.services.platform import Platform

_ACTS: Final[frozenset[Act]] = frozenset({"backup-made", "backup-verified", "restored"})


def read_backups(platform: Platform, by: User | Operator, *, now: int) -> Backups:
    """When the last backup was made and read through, how old it is, and what to run next.

    Raises:
        NotPermitted: `by` is not an administrator. Refused: `audit-broken`.
    """
    entries, looked_since = newest_of(platform, by, _ACTS)
    return judge(entries, looked_since=looked_since, now=now)
