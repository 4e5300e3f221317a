"""What a dataset's page says: pure functions of what its owner signed and the portal shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from market.client.publication import Publication
from market.plan.schema import CategoricalColumn, Column, NumericColumn, Schema
from market.plan.statistics import BY_KIND
from market.policy.encrypted_for import encrypted_for_in_words
from market.policy.people import period_sentence, population_sentence
from market.policy.union_words import together_sentences
from market.pricing.loss import epsilon_text, gaussian_loss_text, loss_text

ACCESS: Final = {"open": "open", "request": "on request", "invitation": "by invitation"}
_KINDS: Final = {
    "numeric": "number",
    "categorical": "category",
    "boolean": "yes or no",
    "date": "date",
}
_APPROVAL: Final = {
    "automatic": "The owner’s agent answers by its rules, without a person.",
    "manual": "The owner approves every request by hand.",
}
_FEW_LEVELS: Final = 8


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column. `levels` are all of a category's where they are too many for the line."""

    name: str
    kind: str
    values: str
    unit: str
    meaning: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """What the reader may still ask of it; None of `epsilon` where they may ask nothing."""

    whose: str
    epsilon: str | None
    of_epsilon: str
    permille: int


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


def column_lines(schema: Schema) -> list[ColumnLine]:
    """Every column, in its order."""
    return [_line(column) for column in schema.columns]


def _line(column: Column) -> ColumnLine:
    values, unit = column.values_in_words, ""
    levels: tuple[str, ...] = ()
    if isinstance(column, NumericColumn):
        unit = column.unit
    if isinstance(column, CategoricalColumn) and len(column.levels) > _FEW_LEVELS:
        first = ", ".join(column.levels[:_FEW_LEVELS])
        values, levels = f"{first} …", column.levels
    return ColumnLine(column.name, _KINDS[column.tag], values, unit, column.meaning, levels)


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


def left_of(balance: Mapping[str, Any], delta: str) -> Left:
    """What a balance of the portal's leaves its reader."""
    units = left_units(balance)
    cap = balance["cap_units"]
    is_some = balance["whose"] != "nobody" and units > 0
    return Left(
        balance["whose"],
        epsilon_text(units, delta) if is_some else None,
        epsilon_text(cap, delta),
        units * 1000 // max(cap, 1),
    )


def left_units(balance: Mapping[str, Any]) -> int:
    """What is neither spent nor reserved, in units of rho."""
    left: int = balance["cap_units"] - balance["spent_units"] - balance["reserved_units"]
    return max(left, 0)
