"""dataset.toml: what an owner declares about a table. Nothing in it is read off the data.

    dataset = "visits-2024"
    title = "..."            summary, provenance, licence, terms: what people read
    capacity_rows = 10000    declared; the number of rows stays hidden below it
    products = [["age", "age"], ["age", "visits"]]
    encrypted_for = "sums"   optional, or "products": by itself "products" where the policy allows
                             recomputation, and "sums" (fewer bytes) where it does not
    separator = ";"          optional: of a CSV (market.owner.table.layout)

    [privacy_unit]           column (optional), max_rows, meaning
    [population]             optional: distinct_from = ["..."], other tables of the same owner
                             of which nobody is in this one
    [together]               optional: with whose tables it may be asked together, and how
                             (market.owner.declaration.declared_unions)
    [[columns]]              name, type = "numeric" | "categorical" | "boolean" | "date", meaning;
                             the type's own keys, such as bins = [0, 10, 20] or {count = 20}
                             here and for the unit's column, optional: header = the text above it,
                             missing = [-200, "NA"]: what says that nothing is there
    [policy]                 budget_epsilon, buyer_epsilon, job_epsilon, delta, statistics,
                             access, approval, recomputation, price_cents; optional: epoch,
                             total_epsilon (over all epochs)

Numbers may be written as TOML numbers; they are read as exact decimals. An unknown or missing key
is refused by its path.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from crypto.errors import CryptoError
from crypto.parameters import Parameters
from market.errors import Refused
from market.owner.declaration.declared_columns import layout_of, schema_of
from market.owner.declaration.declared_unions import together_of
from market.owner.declaration.declared_values import (
    built,
    check_keys,
    decimal_of,
    gaussian_rho_of,
    integer_of,
    rho_of,
    table_of,
    text_of,
)
from market.owner.table.layout import Layout
from market.plan.dataset_ids import DATASET_ID, DATASET_ID_RULE
from market.plan.schema import Schema
from market.policy.listing.encrypted_for import SETS, EncryptedFor
from market.records.listing import Description, Policy, Population
from market.records.union import SOLD_ALONE, Together

_DESCRIPTION: Final = ("title", "summary", "provenance", "licence", "terms")
_TOP: Final = (
    "dataset",
    *_DESCRIPTION,
    "capacity_rows",
    "products",
    "separator",
    "privacy_unit",
    "population",
    "columns",
    "policy",
    "encrypted_for",
    "together",
)
_OPTIONAL: Final = ("products", "separator", "population", "encrypted_for", "together")
_POLICY: Final = (
    "budget_epsilon",
    "buyer_epsilon",
    "job_epsilon",
    "delta",
    "statistics",
    "access",
    "approval",
    "recomputation",
    "price_cents",
)
_PERIODS: Final = ("epoch", "total_epsilon")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A dataset as its owner declares it. `epoch` is the budget period of its people."""

    dataset: str
    description: Description
    schema: Schema
    policy: Policy
    population: Population
    epoch: int
    layout: Layout
    encrypted_for: EncryptedFor | None = None
    together: Together = SOLD_ALONE

    def parameters(self, held: Parameters | None) -> Parameters:
        """The parameter set of the next version: that of the dataset's key, once it has one; else
        as declared, or by what the policy sells.

        Args:
            held: the set that the dataset's key has, if it has one.

        Raises:
            Refused: `key-for-sums`.
        """
        wanted = self.encrypted_for or ("products" if self.policy.recomputation else "sums")
        if held is None:
            return SETS[wanted]
        if SETS[wanted].degree > held.degree:
            raise Refused(
                "key-for-sums",
                f"The key of {self.dataset} encrypts for sums alone; the declaration asks for "
                "products of columns.",
                "Set recomputation = false, or publish under another dataset id.",
            )
        return held


def read_declaration(path: Path) -> Declaration:
    """Read a declaration file.

    Raises:
        Refused: `declaration-invalid`, naming the key, what it is and what was expected.
    """
    return parse_declaration(text_of_declaration(path))


def text_of_declaration(path: Path) -> str:
    """A declaration file's text (raises as `read_declaration`)."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid(f"{path} cannot be read: {error}") from error


def parse_declaration(text: str) -> Declaration:
    """See `read_declaration`."""
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise _invalid(f"it is not TOML: {error}") from error
    try:
        return _declaration(values)
    except (CryptoError, ValueError) as error:
        raise _invalid(str(error)) from error


def _declaration(values: Mapping[str, Any]) -> Declaration:
    check_keys("", values, _TOP, optional=_OPTIONAL)
    dataset = text_of(values, "dataset")
    if not DATASET_ID.fullmatch(dataset):
        raise ValueError(f"dataset is {dataset!r:.80}, expected {DATASET_ID_RULE}")
    policy_values = table_of(values, "policy")
    check_keys("policy.", policy_values, (*_POLICY, *_PERIODS), optional=_PERIODS)
    schema, policy = schema_of(values, dataset), _policy(policy_values)
    return Declaration(
        dataset,
        Description(*(text_of(values, name) for name in _DESCRIPTION)),
        schema,
        policy,
        _population(values.get("population", {})),
        integer_of("policy.epoch", policy_values.get("epoch", 1)),
        layout_of(values, schema),
        _encrypted_for(values.get("encrypted_for"), policy),
        together_of(values, dataset),
    )


def _encrypted_for(value: object, policy: Policy) -> EncryptedFor | None:
    match value:
        case None | "products":
            return value
        case "sums" if not policy.recomputation:
            return value
        case "sums":
            raise ValueError(
                'encrypted_for is "sums", but policy.recomputation = true sells products of columns'
            )
        case _:
            raise ValueError(f'encrypted_for is {value!r:.80}, expected "sums" or "products"')


def _policy(values: Mapping[str, Any]) -> Policy:
    delta = decimal_of("policy.delta", values["delta"])
    budget = rho_of("policy.budget_epsilon", values["budget_epsilon"], delta)
    rho: dict[str, int | None] = {"budget_rho_units": budget}
    for name in ("buyer", "job"):
        rho[f"{name}_rho_units"] = gaussian_rho_of(
            f"policy.{name}_epsilon", values[f"{name}_epsilon"], delta
        )
    total = values.get("total_epsilon")
    rho["total_rho_units"] = None if total is None else rho_of("policy.total_epsilon", total, delta)
    rest = {name: values[name] for name in _POLICY if not name.endswith("_epsilon")}
    return built(Policy, "policy.", {**rho, **rest, "delta": delta})


def _population(values: Any) -> Population:
    if not isinstance(values, dict):
        raise ValueError("population is not a table")
    check_keys("population.", values, ("distinct_from",), optional=("distinct_from",))
    names = values.get("distinct_from", [])
    if not isinstance(names, list) or not all(type(name) is str for name in names):
        raise ValueError(
            f"population.distinct_from is {names!r:.80}, expected a list of dataset ids"
        )
    return Population(tuple(sorted(names)))


def _invalid(message: str) -> Refused:
    return Refused(
        "declaration-invalid",
        f"The declaration was not accepted: {message:.1000}.",
        "Correct dataset.toml; nothing was sent.",
    )
