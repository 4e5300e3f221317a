"""dataset.toml: what an owner declares about a table. Nothing in it is read off the data.

    dataset = "visits-2024"
    title = "..."            summary, provenance, licence, terms: what people read
    capacity_rows = 10000    declared; the number of rows stays hidden below it
    products = [["age", "age"], ["age", "visits"]]
    separator = ";"          optional: of a CSV (market.owner.layout)

    [privacy_unit]           column (optional), max_rows, meaning
    [population]             optional: distinct_from = ["..."], other tables of the same owner
                             of which nobody is in this one
    [[columns]]              name, type = "numeric" | "categorical" | "boolean", meaning, ...
                             here and for the unit's column, optional: header = the text above it,
                             missing = [-200, "NA"]: what says that nothing is there
    [policy]                 budget_epsilon, buyer_epsilon, job_epsilon, delta, statistics,
                             access, approval, replay, price_cents; optional: epoch,
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
from typing import Any, Final, TypeVar

from crypto.accounting import rho_for_epsilon
from crypto.errors import CryptoError, FormatError
from market import wire
from market.errors import Refused
from market.owner.layout import LAYOUT_KEYS, Layout, separator_of, source_of
from market.plan.decimals import decimal_text, fraction_of
from market.plan.factors import Product
from market.plan.schema import Schema
from market.records.listing import DATASET_ID, Description, Policy, Population

T = TypeVar("T")

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
)
_COLUMNS: Final[Mapping[str, Mapping[str, Any]]] = {
    "numeric": {
        "low": None,
        "high": None,
        "unit": "",
        "null": None,
        "reference_mean": "",
        "reference_sd": "",
    },
    "categorical": {"levels": None, "reference_shares": ""},
    "boolean": {"null": None},
}
"""Further keys of a column by type; None means required."""
_POLICY: Final = (
    "budget_epsilon",
    "buyer_epsilon",
    "job_epsilon",
    "delta",
    "statistics",
    "access",
    "approval",
    "replay",
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


def read_declaration(path: Path) -> Declaration:
    """Read a declaration file.

    Raises:
        Refused: `declaration-invalid`, naming the key, what it is and what was expected.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid(f"{path} cannot be read: {error}") from error
    return parse_declaration(text)


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
    _check_keys("", values, _TOP, optional=("products", "separator", "population"))
    dataset = _text(values, "dataset")
    if not DATASET_ID.fullmatch(dataset):
        raise ValueError(f"dataset is {dataset!r:.80}, expected lower-case words joined by hyphens")
    policy_values = _table(values, "policy")
    _check_keys("policy.", policy_values, (*_POLICY, *_PERIODS), optional=_PERIODS)
    schema = _schema(values, dataset)
    return Declaration(
        dataset,
        Description(*(_text(values, name) for name in _DESCRIPTION)),
        schema,
        _policy(policy_values),
        _population(values.get("population", {})),
        _integer("policy.epoch", policy_values.get("epoch", 1)),
        _layout(values, schema),
    )


def _schema(values: Mapping[str, Any], dataset: str) -> Schema:
    unit = dict(_table(values, "privacy_unit"))
    optional = ("column", *LAYOUT_KEYS)
    _check_keys("privacy_unit.", unit, (*optional, "max_rows", "meaning"), optional=optional)
    if named := [key for key in LAYOUT_KEYS if key in unit and "column" not in unit]:
        raise ValueError(f"privacy_unit.{named[0]} is for a column, but there is no column")
    columns = _list("columns", values["columns"])
    products = _list("products", values.get("products", []))
    return _built(
        Schema,
        "",
        {
            "name": dataset,
            "columns": [_column(f"columns[{i}].", column) for i, column in enumerate(columns)],
            "privacy_unit": {key: unit.get(key) for key in ("column", "max_rows", "meaning")},
            "capacity_rows": values["capacity_rows"],
            "products": [
                wire.to_json(_product(f"products[{i}]", pair)) for i, pair in enumerate(products)
            ],
        },
    )


def _layout(values: Mapping[str, Any], schema: Schema) -> Layout:
    """Where the columns of the schema stand in the file."""
    unit = schema.privacy_unit.column
    return Layout(
        tuple(
            source_of(f"columns[{place}].", column.name, declared)
            for place, (column, declared) in enumerate(
                zip(schema.columns, values["columns"], strict=True)
            )
        ),
        None if unit is None else source_of("privacy_unit.", unit, values["privacy_unit"]),
        separator_of(values),
    )


def _column(path: str, values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise ValueError(f"{path[:-1]} is no table")
    kind = values.get("type")
    if not isinstance(kind, str) or kind not in _COLUMNS:
        raise ValueError(f"{path}type is {kind!r:.80}, expected one of {', '.join(_COLUMNS)}")
    further = _COLUMNS[kind]
    optional = tuple(name for name, default in further.items() if default is not None)
    known = ("name", "type", "meaning", *further, *LAYOUT_KEYS)
    _check_keys(path, values, known, optional=(*optional, *LAYOUT_KEYS))
    column: dict[str, Any] = {"name": values["name"], "meaning": values["meaning"], "tag": kind}
    for name, default in further.items():
        value = values.get(name, default)
        column[name] = _decimal(f"{path}{name}", value) if name in _DECIMALS else value
    for name in ("reference_mean", "reference_sd", "reference_shares"):
        if name in column:
            column[name] = column[name] or None
    if shares := column.get("reference_shares"):
        if not isinstance(shares, list):
            raise ValueError(f"{path}reference_shares is {shares!r}, expected a list of numbers")
        column["reference_shares"] = [_decimal(f"{path}reference_shares", one) for one in shares]
    return column


_DECIMALS: Final = frozenset({"low", "high", "reference_mean", "reference_sd"})


def _product(path: str, pair: Any) -> Product:
    if not (isinstance(pair, list) and len(pair) == 2 and all(type(p) is str for p in pair)):
        raise ValueError(f"{path} is {pair!r:.80}, expected a pair of column names")
    left, right = sorted(pair)
    return Product(left, right)


def _policy(values: Mapping[str, Any]) -> Policy:
    delta = _decimal("policy.delta", values["delta"])
    rho: dict[str, int | None] = {
        f"{name}_rho_units": _rho(f"policy.{name}_epsilon", values[f"{name}_epsilon"], delta)
        for name in ("budget", "buyer", "job")
    }
    total = values.get("total_epsilon")
    rho["total_rho_units"] = None if total is None else _rho("policy.total_epsilon", total, delta)
    rest = {name: values[name] for name in _POLICY if not name.endswith("_epsilon")}
    return _built(Policy, "policy.", {**rho, **rest, "delta": delta})


def _rho(path: str, value: Any, delta: str) -> int:
    epsilon = fraction_of(_decimal(path, value))
    if epsilon <= 0:
        raise ValueError(f"{path} is {value!s:.80}, expected above 0")
    return rho_for_epsilon(epsilon, fraction_of(delta))


def _population(values: Any) -> Population:
    if not isinstance(values, dict):
        raise ValueError("population is no table")
    _check_keys("population.", values, ("distinct_from",), optional=("distinct_from",))
    names = values.get("distinct_from", [])
    if not isinstance(names, list) or not all(type(name) is str for name in names):
        raise ValueError(f"population.distinct_from is {names!r}, expected a list of dataset ids")
    return Population(tuple(sorted(names)))


def _check_keys(
    path: str, values: Mapping[str, Any], known: tuple[str, ...], *, optional: tuple[str, ...]
) -> None:
    if unknown := sorted(set(values) - set(known)):
        raise ValueError(f"{path}{unknown[0]} is not known; known are {', '.join(known)}")
    if missing := [name for name in known if name not in values and name not in optional]:
        raise ValueError(f"{path}{missing[0]} is missing")


def _built(kind: type[T], path: str, values: Mapping[str, Any]) -> T:
    """The record; what is wrong is named by its path in the declaration."""
    try:
        return wire.from_json(kind, values)
    except FormatError as error:
        below = str(error).removeprefix(kind.__name__).removeprefix(".")
        raise ValueError(f"{path}{below}".replace(".: ", ": ").removeprefix(": ")) from error


def _list(path: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{path} is {value!r:.80}, expected a list")
    return value


def _table(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = values[name]
    if not isinstance(table, dict):
        raise ValueError(f"{name} is {type(table).__name__}, expected a table [{name}]")
    return table


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values[name]
    if type(value) is not str or not value.strip():
        raise ValueError(f"{name} is {value!r:.80}, expected text")
    return value


def _integer(path: str, value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{path} is {value!r:.80}, expected an integer")
    return value


def _decimal(path: str, value: Any) -> str:
    if value == "":
        return ""
    if type(value) not in (int, str, Decimal):
        raise ValueError(f"{path} is {value!r:.80}, expected a number")
    try:
        return decimal_text(value)
    except (ValueError, ArithmeticError) as error:
        raise ValueError(f"{path} is {value!r:.80}, expected a plain decimal") from error


def _invalid(message: str) -> Refused:
    return Refused(
        "declaration-invalid",
        f"The declaration was not accepted: {message:.1000}.",
        "Correct dataset.toml; nothing was sent.",
    )
