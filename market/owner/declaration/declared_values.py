"""Values of a declaration, each checked by its path in the document: ValueError names it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from crypto.accounting import rho_for_epsilon
from crypto.errors import FormatError
from crypto.gaussian_profile import gaussian_rho_units
from market import wire
from market.plan.decimals import decimal_text, fraction_of

T = TypeVar("T")


def check_keys(
    path: str, values: Mapping[str, Any], known: tuple[str, ...], *, optional: tuple[str, ...]
) -> None:
    """No key is unknown, and none but the optional ones is missing."""
    if unknown := sorted(set(values) - set(known)):
        raise ValueError(f"{path}{unknown[0]} is not known; known are {', '.join(known)}")
    if missing := [name for name in known if name not in values and name not in optional]:
        raise ValueError(f"{path}{missing[0]} is missing")


def built(kind: type[T], path: str, values: Mapping[str, Any]) -> T:
    """The record; what is wrong is named by its path in the declaration."""
    try:
        return wire.from_json(kind, values)
    except FormatError as error:
        below = str(error).removeprefix(kind.__name__).removeprefix(".")
        raise ValueError(f"{path}{below}".replace(".: ", ": ").removeprefix(": ")) from error


def listed(path: str, value: Any) -> list[Any]:
    """A list (raises ValueError, naming the key, as all below)."""
    if not isinstance(value, list):
        raise ValueError(f"{path} is {value!r:.80}, expected a list")
    return value


def table_of(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table of the declaration by its name."""
    table = values[name]
    if not isinstance(table, dict):
        raise ValueError(f"{name} is {type(table).__name__}, expected a table [{name}]")
    return table


def text_of(values: Mapping[str, Any], name: str) -> str:
    """A text that is not blank."""
    value = values[name]
    if type(value) is not str or not value.strip():
        raise ValueError(f"{name} is {value!r:.80}, expected text")
    return value


def integer_of(path: str, value: Any) -> int:
    """An integer; a boolean is none."""
    if type(value) is not int:
        raise ValueError(f"{path} is {value!r:.80}, expected an integer")
    return value


def decimal_of(path: str, value: Any) -> str:
    """A number as a plain decimal in text, exact (market.plan.decimals); empty for empty text."""
    if value == "":
        return ""
    if type(value) not in (int, str, Decimal):
        raise ValueError(f"{path} is {value!r:.80}, expected a number")
    try:
        return decimal_text(value)
    except (ValueError, ArithmeticError) as error:
        raise ValueError(f"{path} is {value!r:.80}, expected a plain decimal") from error


def day_of(path: str, value: Any) -> str:
    """A day in ISO 8601: TOML has it as a value of its own, and it may be written as text."""
    if type(value) is datetime.date:
        return value.isoformat()
    if type(value) is not str:
        raise ValueError(f"{path} is {value!s:.80}, expected a day such as 2024-12-31")
    return value


def rho_of(path: str, epsilon: Any, delta: str) -> int:
    """The rho units of an epsilon above 0 at a delta, whatever noise they are spent on."""
    return rho_for_epsilon(_epsilon_of(path, epsilon), fraction_of(delta))


def gaussian_rho_of(path: str, epsilon: Any, delta: str) -> int:
    """The rho units of an epsilon above 0 at a delta that Gaussian noise is asked for with."""
    return gaussian_rho_units(_epsilon_of(path, epsilon), fraction_of(delta))


def _epsilon_of(path: str, epsilon: Any) -> Fraction:
    value = fraction_of(decimal_of(path, epsilon))
    if value <= 0:
        raise ValueError(f"{path} is {epsilon!s:.80}, expected above 0")
    return value
