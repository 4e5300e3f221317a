"""Settle who is in a new table, with the owner's consent where budgets of others are touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from market.errors import Refused
from market.owner.declaration.describe import Declaration
from market.policy.budget.budget import told_in_epsilon
from market.policy.budget.people import TableTerms
from market.pricing.loss import loss_text
from market.vault.home import Entropy
from market.vault.store.lineages import Affected, Entered, enter, forget
from market.vault.store.opening import AgentStore

Agree = Callable[[Sequence[str]], bool]
"""Given what sharing a budget would mean, line by line: whether the owner agrees."""


def settle_people(
    store: AgentStore,
    declaration: Declaration,
    version: int,
    units: Collection[bytes] | None,
    agree: Agree,
    entropy: Entropy,
) -> Entered:
    """The lineages of a table, entered in the agent's store; no budget changes yet.

    Raises:
        Refused: `budget-shared`: the owner did not agree to share other tables' budgets; or a
            rule of `market.vault.store.lineages.enter`. Nothing is remembered.
    """
    dataset, policy = declaration.dataset, declaration.policy
    terms = TableTerms(
        dataset, version, (), declaration.epoch, policy.budget_rho_units, policy.total_rho_units
    )
    with told_in_epsilon(policy.delta):
        entered = enter(store, terms, declaration.population.distinct_from, units, entropy=entropy)
    if not entered.affected:
        return entered
    meaning = sharing_lines(entered, dataset, policy.delta)
    if not agree(meaning):
        forget(store, dataset, version)
        names = ", ".join(f'"{other.dataset}"' for other in entered.affected)
        raise Refused(
            "budget-shared",
            f"{' '.join(meaning)} Nobody agreed to that; nothing was sent and no budget changed.",
            "Say yes to it, or give --share-budget with the command that asked; or, if nobody of "
            "it is in those tables, declare "
            f"distinct_from = [{names}] under [population].",
        )
    return entered


def sharing_lines(entered: Entered, dataset: str, delta: str) -> list[str]:
    """What a table's lineages mean for its own budget and for that of others."""
    own = Affected(dataset, entered.cap, entered.cap, entered.left)
    head = (
        f"Anybody in {dataset} may be in other tables of yours too. They share one budget, and of "
        "their totals the lowest holds:"
    )
    return [head, *(_line(one, delta) for one in (*entered.affected, own))]


def _line(one: Affected, delta: str) -> str:
    text = f"{one.dataset}: {loss_text(one.cap_after, delta)} in all"
    if one.cap_after != one.cap_before:
        text += f", until now {loss_text(one.cap_before, delta)}"
    return f"{text}, of which {loss_text(max(one.left, 0), delta)} is left."
