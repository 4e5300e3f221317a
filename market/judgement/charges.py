"""What a question is to the agent's ledger: the accounts it would charge, and for how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crypto.flooding import flooding_units
from market.entities.account import Charge
from market.judgement.held import Held
from market.judgement.question import QuestionInHand
from market.policy.accounts import NamesPeople, buyer_accounts, people_accounts
from market.policy.repeats import Cost, rho_cost
from market.policy.verdict import LedgerView
from market.pricing.opening import EVERY_RUN_ALIKE, opening_of
from market.pricing.quote import Quote
from market.vault.store.opening import AgentStore
from market.vault.store.released import Asked
from market.vault.store.spending import view


def asked_of(question: QuestionInHand[Held]) -> Asked:
    """A question as the store knows it; what has no price opens nothing."""
    price, request = question.price, question.request
    run = question.request_hash if request.session else EVERY_RUN_ALIKE
    values = request.union.values if request.union else None
    return Asked(
        job=question.work.job,
        request_hash=question.request_hash,
        request_nonce=request.nonce,
        buyer=question.buyer,
        opening=opening_of(request.manifest_hashes, price.outputs, run, values)
        if isinstance(price, Quote)
        else "",
        rho_units=request.rho_units,
    )


def accounts_of(question: QuestionInHand[Held]) -> tuple[str, ...]:
    """Every account a release of this question would charge."""
    holding = question.holding
    people = (account for table in holding.charged for account in people_accounts(table))
    return (*people, *buyers_accounts(holding, question.buyer), *holding.key_accounts)


def buyers_accounts(holding: Held, buyer: str) -> tuple[str, ...]:
    """A buyer's part of what is charged."""
    return tuple(account for table in holding.charged for account in buyer_accounts(table, buyer))


def ledger_view(store: AgentStore, question: QuestionInHand[Held]) -> LedgerView:
    """What the agent's ledger says about a question, in one reading transaction.

    Raises:
        Refused: `publication-unconfirmed`: an account is missing which the listing opens.
        Unavailable: the store cannot be read.
    """
    return view(store, asked_of(question), accounts_of(question))


def cost_of_quote(
    charged: Sequence[NamesPeople], key_accounts: Sequence[str], buyer: str, priced: Quote
) -> Cost:
    """What a first release costs, in rho units: every lineage, the buyer's part of each, the keys.

    Args:
        buyer: fingerprint of the buyer's identity key.
    """
    cost = rho_cost(charged, buyer, priced.rho_units)
    if not key_accounts:
        return cost
    units = sum(flooding_units(output.bound, output.scale_squared) for output in priced.outputs)
    return replace(cost, key=tuple(Charge(account, units) for account in key_accounts))
