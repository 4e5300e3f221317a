"""What a question is to the agent's ledger: the accounts it would charge, and for how much."""

from __future__ import annotations

from market.judgement.held import Held
from market.judgement.question import QuestionInHand
from market.policy.budget.accounts import buyer_accounts, people_accounts
from market.policy.budget.verdict import LedgerView
from market.pricing.opening import Opening
from market.pricing.quote import Quote
from market.vault.store.opening import AgentStore
from market.vault.store.released import Asked
from market.vault.store.spending import view


def asked_of(question: QuestionInHand[Held]) -> Asked:
    """A question as the store knows it; what has no price opens nothing."""
    price, request = question.price, question.request
    return Asked(
        job=question.work.job,
        request_hash=question.request_hash,
        request_nonce=request.nonce,
        buyer=question.buyer,
        manifest_hash="+".join(question.holding.named_hashes),
        opening=price.opening if isinstance(price, Quote) else Opening(()),
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
