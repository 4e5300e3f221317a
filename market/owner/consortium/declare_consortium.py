"""What whoever proposes a consortium writes down: consortium.toml.

    consortium, title, purpose
    composition = "union"    rows of different people: one of [[tables]], any number of members
                             "join": columns of the same people: two [[tables]], three members

    [[members]]              organisation; table = 1: which of the [[tables]] is theirs; left out,
                             they compute without data. operator = true: they run the platform
    [[tables]]               as in dataset.toml: capacity_rows, products, columns
    [tables.privacy_unit]    column (optional; of a join the id people are matched by), max_rows,
                             meaning
    [policy]                 job_epsilon, delta, statistics; approval ("automatic" or "manual") of
                             members without data. For a join intersection_epsilon: what each run is
                             charged for telling the helper how many people are in both

What people may lose in all each member says of their own table, when they bind it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from crypto.errors import CryptoError
from market.errors import Refused
from market.owner.declaration.declared_columns import schema_of
from market.owner.declaration.declared_values import (
    built,
    check_keys,
    decimal_of,
    integer_of,
    listed,
    rho_of,
    table_of,
    text_of,
)
from market.plan.dataset_ids import check_dataset_id
from market.plan.schema import Schema
from market.records.consortium import Composition, Proposal, Seat, check_enough_members
from market.records.listing import Policy

_TOP: Final = ("consortium", "title", "purpose", "composition", "members", "tables", "policy")
_TABLE: Final = ("capacity_rows", "products", "privacy_unit", "columns")
_POLICY: Final = ("job_epsilon", "delta", "statistics", "approval")
_UNLIMITED_RHO_UNITS: Final = 10**15
"""Of what the agreement does not limit: the people's budget is each member's own to say."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A consortium as it is declared, whoever proposes it and when."""

    consortium: str
    title: str
    purpose: str
    composition: Composition
    schemas: tuple[Schema, ...]
    seats: tuple[Seat, ...]
    policy: Policy
    intersection_rho_units: int

    def proposal(self, *, proposer: str, number: int, previous: str, now: int) -> Proposal:
        """The proposal of these terms.

        Raises:
            Refused: `declaration-invalid`: they do not fit each other.
        """
        try:
            return Proposal(
                consortium=self.consortium,
                number=number,
                previous=previous,
                proposer=proposer,
                title=self.title,
                purpose=self.purpose,
                composition=self.composition,
                schemas=self.schemas,
                seats=self.seats,
                policy=self.policy,
                intersection_rho_units=self.intersection_rho_units,
                created_at=now,
            )
        except (CryptoError, ValueError) as error:
            raise _invalid(str(error)) from error


def read_terms(path: Path) -> Terms:
    """Read a declaration of a consortium.

    Raises:
        Refused: `declaration-invalid`, naming the key; `consortium-too-small`, `-too-large`.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError, ArithmeticError, RecursionError) as error:
        raise _invalid(f"{path} cannot be read as TOML: {error}") from error
    try:
        return _terms(values)
    except (CryptoError, ValueError) as error:
        raise _invalid(str(error)) from error


def _terms(values: Mapping[str, Any]) -> Terms:
    check_keys("", values, _TOP, optional=())
    consortium = text_of(values, "consortium")
    check_dataset_id(consortium)
    composition = values["composition"]
    if composition not in ("union", "join"):
        raise ValueError(f"composition is {composition!r:.80}, expected union or join")
    members = listed("members", values["members"])
    check_enough_members(len(members))
    policy, is_join = table_of(values, "policy"), composition == "join"
    extra = ("intersection_epsilon",) if is_join else ()
    check_keys("policy.", policy, (*_POLICY, *extra), optional=())
    delta = decimal_of("policy.delta", policy["delta"])
    intersection = "policy.intersection_epsilon"
    return Terms(
        consortium,
        text_of(values, "title"),
        text_of(values, "purpose"),
        composition,
        tuple(
            _schema(f"tables[{place}].", table, consortium)
            for place, table in enumerate(listed("tables", values["tables"]))
        ),
        tuple(
            sorted(
                (_seat(f"members[{place}].", one) for place, one in enumerate(members)),
                key=lambda seat: seat.organisation,
            )
        ),
        _policy(policy, delta),
        rho_of(intersection, policy["intersection_epsilon"], delta) if is_join else 0,
    )


def _seat(path: str, values: Any) -> Seat:
    if not isinstance(values, dict):
        raise ValueError(f"{path[:-1]} is not a table")
    check_keys(path, values, ("organisation", "table", "operator"), optional=("table", "operator"))
    table, operator = values.get("table"), values.get("operator", False)
    if type(operator) is not bool:
        raise ValueError(f"{path}operator is {operator!r:.80}, expected true or false")
    place = None if table is None else integer_of(f"{path}table", table) - 1
    return Seat(text_of(values, "organisation"), place, operator)


def _schema(path: str, values: Any, consortium: str) -> Schema:
    if not isinstance(values, dict):
        raise ValueError(f"{path[:-1]} is not a table")
    check_keys(path, values, _TABLE, optional=("products",))
    try:
        # Members' tables stay at home: there is no ciphertext to spare.
        return schema_of(values, consortium, most_multiplied=None)
    except ValueError as error:
        raise ValueError(f"{path}{error}") from error


def _policy(values: Mapping[str, Any], delta: str) -> Policy:
    return built(
        Policy,
        "policy.",
        {
            "budget_rho_units": _UNLIMITED_RHO_UNITS,
            "buyer_rho_units": _UNLIMITED_RHO_UNITS,
            "job_rho_units": rho_of("policy.job_epsilon", values["job_epsilon"], delta),
            "delta": delta,
            "statistics": values["statistics"],
            "access": "invitation",
            "approval": values["approval"],
            "recomputation": True,
            "price_cents": 0,
            "total_rho_units": None,
        },
    )


def _invalid(message: str) -> Refused:
    return Refused(
        "declaration-invalid",
        f"The declaration was not accepted: {message:.1000}.",
        "Correct the file; nothing was sent.",
    )
