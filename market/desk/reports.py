"""What was read of an owner's tables since the desk was started: it lives in this process alone."""

from __future__ import annotations

from dataclasses import dataclass

from market.owner.table.losses import Loss
from market.owner.table.survey import TableReport


@dataclass(frozen=True, slots=True)
class Reported:
    """A table's report; `version` is the one that was listed with it, 0 where it was a check.

    `losses` are told of a check alone. `unanswerable` says what the policy sells and cannot answer.
    Of its `blocks` of rows `new_blocks` were encrypted and sent.
    """

    report: TableReport
    losses: tuple[Loss, ...] = ()
    version: int = 0
    unanswerable: tuple[str, ...] = ()
    blocks: int = 0
    new_blocks: int = 0
