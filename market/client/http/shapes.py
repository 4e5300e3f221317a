"""Whether a JSON value is of a shape: how an answer is described before anything looks at it.

A shape is `str`, `int`, `bool`, a range of integers, a set of words, a pattern, `None`, a tuple of
alternatives, `[shape]` for a list, or `{name: shape}` for an object with at least these members.
"""

from __future__ import annotations

import re
from typing import Any, Final

from crypto.canonical import Json

_MOST_ITEMS: Final = 20_000
"""In any list."""


def misfit(value: Json, shape: Any, where: str) -> str:
    """The first place at which a value is not of its shape; empty when it is."""
    if isinstance(shape, tuple):
        misfits = [misfit(value, choice, where) for choice in shape]
        return "" if "" in misfits else misfits[0]
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return f"{where} is {type(value).__name__}, expected an object"
        return next(filter(None, (_member(value, *m, where) for m in shape.items())), "")
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where} is {type(value).__name__}, expected a list"
        if len(value) > _MOST_ITEMS:
            return f"{where} has {len(value)} items, expected at most {_MOST_ITEMS}"
        items = (misfit(item, shape[0], f"{where}[{i}]") for i, item in enumerate(value))
        return next(filter(None, items), "")
    return "" if _is_scalar(value, shape) else f"{where} is {type(value).__name__} out of place"


def _member(value: dict[str, Json], name: str, shape: Any, where: str) -> str:
    if name not in value:
        return f"{where} has no {name}"
    return misfit(value[name], shape, f"{where}.{name}")


def _is_scalar(value: Json, shape: Any) -> bool:
    if shape is None:
        return value is None
    if isinstance(shape, range):
        return type(value) is int and value in shape
    if isinstance(shape, frozenset):
        return isinstance(value, str) and value in shape
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and shape.fullmatch(value) is not None
    # A bool is an int to Python, but not to the portal.
    return type(value) is shape
