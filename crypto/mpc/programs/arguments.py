"""Reading a program's public arguments: exactly the members and types it names, or a refusal."""

from __future__ import annotations

import re
from typing import Any

from crypto.canonical import Json
from crypto.errors import FormatError
from crypto.joint_noise import Law

_SCALE = re.compile(r"[1-9][0-9]{0,76}")


def members_of(value: Json, *names: str) -> tuple[Any, ...]:
    """The members of an object that has these and no others, in the order asked for.

    Raises:
        FormatError: another object, or none.
    """
    if not isinstance(value, dict) or set(value) != set(names):
        raise FormatError(f"arguments are not an object of {', '.join(names)}")
    return tuple(value[name] for name in names)


def as_integer(value: Json, lowest: int, highest: int) -> int:
    """An integer within bounds.

    Raises:
        FormatError: anything else.
    """
    if type(value) is not int or not lowest <= value <= highest:
        raise FormatError(f"{str(value)[:40]} is not an integer from {lowest} to {highest}")
    return value


def as_law(value: Json) -> Law:
    """A law of noise.

    Raises:
        FormatError: anything else.
    """
    if value == "gaussian":
        return "gaussian"
    if value == "laplace":
        return "laplace"
    raise FormatError(f"law is {str(value)[:40]!r}, expected gaussian or laplace")


def as_scale_squared(value: Json) -> int:
    """A scale squared, which may pass 63 bits: a decimal string.

    Raises:
        FormatError: anything else.
    """
    if not isinstance(value, str) or not _SCALE.fullmatch(value):
        raise FormatError("a scale squared is not a decimal string above 0")
    return int(value)
