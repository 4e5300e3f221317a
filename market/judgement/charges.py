"""What a question is to the agent's ledger: the accounts it would charge, and for how much."""

from __future__ import annotations

from dataclasses import replace

from crypto.flooding import flooding_units
from market.entities.account import Charge
from market.judgement.question import QuestionInHand
from market.policy.accounts import buyer_accounts, flooding_account, people_accounts
from market.policy.repeats import Cost, rho_cost
from market.policy.verdict import LedgerView
from market.pricing.opening import opening_of
from market.pricing.quote import Quote
from market.records.manifest import Manifest
from market.vault.store.opening import AgentStore
from market.vault.store.released import Asked
from market.vault.store.spending import view


def asked_of(question: QuestionInHand) -> Asked:
    """A question as the store knows it; what has no price opens nothing."""
    price, manifests = question.price, question.request.manifest_hashes
    return Asked(
        job=question.work.job,
        request_hash=question.request_hash,
        request_nonce=question.request.nonce,
        buyer=question.buyer,
        opening=opening_of(manifests, price.outputs) if isinstance(price, Quote) else "",
        rho_units=question.request.rho_units,
    )


def accounts_of(question: QuestionInHand) -> tuple[str, ...]:
    """Every account a release of this question would charge."""
    manifest = question.holding.manifest.record
    return (
        *people_accounts(manifest),
        *buyer_accounts(manifest, question.buyer),
        flooding_account(manifest.key_id),
    )


def ledger_view(store: AgentStore, question: QuestionInHand) -> LedgerView:
    """What the agent's ledger says about a question, in one reading transaction.

    Raises:
        Refused: `publication-unconfirmed`: an account is missing which the listing opens.
        Unavailable: the store cannot be read.
    """
    return view(store, asked_of(question), accounts_of(question))


def cost_of_quote(manifest: Manifest, buyer: str, priced: Quote) -> Cost:
    """What a first release costs, in rho units: every lineage, the buyer's part of each, the key.

    Args:
        buyer: fingerprint of the buyer's identity key.
    """
    units = sum(flooding_units(output.bound, output.scale_squared) for output in priced.outputs)
    flooding = Charge(flooding_account(manifest.key_id), units)
    return replace(rho_cost([manifest], buyer, priced.rho_units), key=(flooding,))
