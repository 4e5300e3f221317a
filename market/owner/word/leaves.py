"""What a yes would leave of the budgets that it is charged to."""

from __future__ import annotations

from dataclasses import dataclass

from market.judgement.charges import ledger_view
from market.owner.word.approve import Pending
from market.policy.budget.accounts import is_buyer_account, people_accounts
from market.policy.budget.verdict import Approve, ByHand
from market.policy.decision import Denied
from market.vault.store.opening import AgentStore


@dataclass(frozen=True, slots=True)
class Leaves:
    """All in rho units (1e-12 zCDP); what was asked before is charged to nobody twice.

    Attributes:
        charged: what the people in the data are charged at most.
        people: what is left to them for every buyer together, once this is charged.
    """

    charged: int
    people: int


def leaves(store: AgentStore, pending: Pending) -> Leaves | None:
    """What is left after a yes; None where the rules say no."""
    if isinstance(pending.decision, Denied):
        return None
    approve = _approve(pending.decision)
    available = ledger_view(store, pending.question).available
    own = [
        available[account]
        for table in pending.question.holding.charged
        for account in people_accounts(table)
        if account in available and not is_buyer_account(account)
    ]
    return Leaves(approve.rho_units, min(own) - approve.rho_units)


def _approve(decision: Approve | ByHand) -> Approve:
    return decision.approve if isinstance(decision, ByHand) else decision
