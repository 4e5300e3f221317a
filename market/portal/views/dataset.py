"""What a dataset's page says, in plain words: pure functions of listing, manifest and ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.entities.retention import VersionKept
from market.pages import words
from market.pages.edition_rows import EditionRow, edition_rows
from market.plan.schema import Schema
from market.plan.statistics import BY_KIND
from market.policy.budget.people import period_sentence, population_sentence
from market.policy.listing.encrypted_for import encrypted_for_in_words
from market.policy.listing.retention import ciphertext_in_words
from market.pricing.loss import (
    delta_text,
    epsilon_text,
    gaussian_loss_text,
    loss_text,
    rho_text,
)
from market.records.listing import Listing, Policy
from market.services.catalogue.read_dataset import ReadDataset
from market.services.catalogue.read_own_dataset import OwnDataset
from market.services.jobs.read_budget import Budget

_ACCESS = {
    "open": "Every buyer of this portal may ask.",
    "request": "A buyer asks for access first; the owner answers with a signed grant.",
    "invitation": "Only buyers whom the owner has invited may ask.",
}
_APPROVAL = {
    "automatic": "The owner's agent answers by these rules, without a person.",
    "manual": "The owner approves every request by hand, on their own machine.",
}


@dataclass(frozen=True, slots=True)
class BudgetBar:
    """A budget as a bar: permille widths, and the same in words."""

    whose: Literal["people", "own", "nobody"]
    spent_permille: int
    reserved_permille: int
    cap: str
    cap_epsilon: str
    spent: str
    reserved: str
    left: str
    left_epsilon: str
    delta: str


def privacy_unit_sentence(schema: Schema) -> str:
    """Whose privacy the budget protects."""
    unit = schema.privacy_unit
    if unit.column is None:
        return f"One row is one unit of privacy: {unit.meaning}."
    rows = "one row" if unit.max_rows == 1 else f"at most {unit.max_rows} rows"
    return (
        f"One value of {unit.column} is one unit of privacy: {unit.meaning}. "
        f"It contributes {rows}; further rows are left out before encryption."
    )


def people_sentences(listing: Listing, epoch: int) -> list[str]:
    """Whose privacy the budget protects, with whom it is shared, and for how long."""
    policy = listing.policy
    total = policy.total_rho_units
    in_words = None if total is None else loss_text(total, policy.delta)
    return [
        privacy_unit_sentence(listing.schema),
        population_sentence(listing.population),
        period_sentence(epoch, in_words),
    ]


def policy_sentences(policy: Policy, parameters: str, currency: str, cap_units: int) -> list[str]:
    """The owner's rules, one sentence each.

    Args:
        parameters: the name of the set that the table is encrypted under.
        cap_units: what the ledger lets all buyers spend; another table of the same people may
            make it less than this policy's budget.
    """
    sold = ", ".join(BY_KIND[kind].plural for kind in policy.statistics)
    price = words.money(policy.price_cents, currency)
    return [
        _ACCESS[policy.access],
        _APPROVAL[policy.approval],
        f"For sale: {sold}.",
        (
            "Products of columns are computed by a full recomputation at the owner."
            if policy.recomputation
            else "Products of columns only where they are declared below."
        ),
        f"The table is encrypted for {encrypted_for_in_words(parameters)}.",
        f"One job may cost up to {gaussian_loss_text(policy.job_rho_units, policy.delta)}.",
        f"One buyer may spend up to {gaussian_loss_text(policy.buyer_rho_units, policy.delta)} "
        "in all, unless their grant says otherwise.",
        f"All buyers together may spend {loss_text(cap_units, policy.delta)}, for ever.",
        f"A job is {price}." if policy.price_cents == 0 else f"A job costs {price}.",
    ]


def versions_kept(read: ReadDataset) -> list[tuple[VersionKept, str]]:
    """Every version, the newest first, and how long its ciphertext stays."""
    return [
        (
            version,
            ciphertext_in_words(
                kept_until=read.kept_until(version),
                is_stored=version.dropping_at is None,
                dropped_at=version.dropped_at,
            ),
        )
        for version in read.versions
    ]


def editions_shown(own: OwnDataset) -> list[EditionRow]:
    """How its owner listed it over time, the newest first."""
    listings = [one.listing.record for one in own.editions]
    at = {
        (one.version, one.edition): by.listed_at
        for one, by in zip(listings, own.editions, strict=True)
    }
    return edition_rows(listings, at)


def budget_bar(budget: Budget, delta: str) -> BudgetBar:
    """What is left, and of whose budget."""
    balance = budget.balance
    cap = max(balance.cap_units, 1)
    return BudgetBar(
        whose=budget.whose,
        # A grant may have become smaller than what was spent under it.
        spent_permille=min(1000, balance.spent_units * 1000 // cap),
        reserved_permille=min(1000, balance.reserved_units * 1000 // cap),
        cap=rho_text(balance.cap_units),
        cap_epsilon=epsilon_text(balance.cap_units, delta),
        spent=rho_text(balance.spent_units),
        reserved=rho_text(balance.reserved_units),
        left=rho_text(max(balance.available_units, 0)),
        left_epsilon=epsilon_text(max(balance.available_units, 0), delta),
        delta=delta_text(delta),
    )
