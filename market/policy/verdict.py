"""What an agent's rules make of a request: yes at a cost, or the owner's to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from market.policy.repeats import Cost, Novelty


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What the agent's own ledger says about one question.

    Attributes:
        available: units left, by account; a buyer's account that was never opened is absent.
        spent_by: hash of the request that spent this request's nonce, or None.
        novelty: whether what it opens was released before, and to whom.
        is_reserved: its units are held already.
    """

    available: Mapping[str, int]
    spent_by: str | None
    novelty: Novelty
    is_reserved: bool


@dataclass(frozen=True, slots=True)
class Approve:
    """Yes, at this cost; `allocation` is what the buyer may take of each lineage in all.

    `delta` is the policy's: what people read the cost by.
    """

    cost: Cost
    buyer_accounts: tuple[str, ...]
    allocation: int
    rho_units: int
    delta: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """Nothing speaks against it; the owner's policy leaves it to them."""

    approve: Approve
