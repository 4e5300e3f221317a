"""What an agent's rules make of a request: yes at a cost, or the owner's to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from market.policy.budget.repeats import Cost, Payers
from market.pricing.opening import Had


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What the agent's own ledger says about one question.

    Attributes:
        available: units left, by account; a buyer's account that was never opened is absent.
        spent_by: hash of the request that spent this request's nonce, or None.
        had: what was released before of what it opens, to its buyer and to anybody.
        is_reserved: its units are held already.
    """

    available: Mapping[str, int]
    spent_by: str | None
    had: Had
    is_reserved: bool


@dataclass(frozen=True, slots=True)
class Approve:
    """Yes, at this cost.

    Attributes:
        cost: what is held until the release: all that is new to the buyer.
        payers: who is charged for what is due in the end.
        allocation: what the buyer may take of each lineage in all.
        rho_units: what their receipt will say, unless they have got more of it meanwhile.
        delta: the policy's: what people read the cost by.
    """

    cost: Cost
    payers: Payers
    buyer_accounts: tuple[str, ...]
    allocation: int
    rho_units: int
    delta: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """Nothing speaks against it; the owner's policy leaves it to them."""

    approve: Approve
