"""What a dataset's page says: pure functions of what its owner signed and the portal shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from market.client.verify.publication import Publication
from market.plan.statistics import BY_KIND
from market.policy.budget.people import period_sentence, population_sentence
from market.policy.budget.questions_left import questions_left
from market.policy.listing.encrypted_for import encrypted_for_in_words
from market.policy.listing.union_words import together_sentences
from market.pricing.loss import epsilon_text, gaussian_loss_text, loss_text
from market.records.listing import Policy

ACCESS: Final = {"open": "open", "request": "on request", "invitation": "by invitation"}
_APPROVAL: Final = {
    "automatic": "The owner’s agent answers by its rules, without a person.",
    "manual": "The owner approves every request by hand.",
}


@dataclass(frozen=True, slots=True)
class Left:
    """What the reader may still ask of it, in words (empty for whoever may ask nothing) and as an
    epsilon; that is None where nothing is left."""

    whose: str
    questions: str
    epsilon: str | None
    of_epsilon: str


def matching(
    found: Sequence[Mapping[str, Any]], *, access: str, most_cents: int | None, is_listed: bool
) -> list[Mapping[str, Any]]:
    """The lines of a catalogue that a reader's filters leave, in their order."""
    return [
        one
        for one in found
        if access in ("", one["access"])
        and (most_cents is None or one["price_cents"] <= most_cents)
        and (not is_listed or one["standing"] == "listed")
    ]


def rules(publication: Publication) -> list[str]:
    """The owner's rules and whose privacy they protect, one sentence each."""
    listing, policy = publication.listing, publication.listing.policy
    sold = ", ".join(BY_KIND[kind].plural for kind in policy.statistics)
    total_units = policy.total_rho_units
    total = None if total_units is None else loss_text(total_units, policy.delta)
    products = (
        "Any two columns may be multiplied."
        if policy.recomputation
        else "Two columns may be multiplied where the owner declared it."
    )
    return [
        f"For sale: {sold}.",
        _APPROVAL[policy.approval],
        f"One job may cost up to {gaussian_loss_text(policy.job_rho_units, policy.delta)}.",
        products,
        f"Encrypted for {encrypted_for_in_words(publication.manifest.parameters)}.",
        f"Protected is {listing.schema.privacy_unit.meaning}.",
        population_sentence(listing.population),
        period_sentence(publication.manifest.epoch, total),
        *together_sentences(listing.together, listing.dataset),
    ]


def left_of(balance: Mapping[str, Any], policy: Policy) -> Left:
    """What a balance of the portal's leaves its reader."""
    units = left_units(balance)
    is_theirs = balance["whose"] != "nobody"
    return Left(
        balance["whose"],
        questions_left(policy, units).words if is_theirs else "",
        epsilon_text(units, policy.delta) if is_theirs and units > 0 else None,
        epsilon_text(balance["cap_units"], policy.delta),
    )


def left_units(balance: Mapping[str, Any]) -> int:
    """What is neither spent nor reserved, in units of rho."""
    left: int = balance["cap_units"] - balance["spent_units"] - balance["reserved_units"]
    return max(left, 0)
