"""A fork: two receipts of one agent of which one chain can hold only one."""

from __future__ import annotations

from dataclasses import dataclass

from market.records.receipt import Receipt
from market.records.signed import Signed


@dataclass(frozen=True, slots=True)
class Fork:
    """Two receipts one agent signed of which at most one can be in its chain.

    `held` is the one in the chain (of the same sequence, or the one before); `offered` was refused.
    `number` counts all forks a platform has seen, from 1.
    """

    number: int
    held: Signed[Receipt]
    offered: Signed[Receipt]
    seen_at: int
