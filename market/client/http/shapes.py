"""Whether a JSON value is of a shape: how an answer is described before anything looks at it.

A shape is `str`, `int`, `bool`, a range of integers, a set of words, a pattern, `None`, a tuple of
alternatives, `[shape]` for a list, or `{name: shape}` for an object with at least these members;
`Added` is a member's shape that portals of an earlier release do not have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from crypto.canonical import Json

_MOST_ITEMS: Final = 20_000
"""In any list."""


@dataclass(frozen=True, slots=True)
class Added:
    """Of a member that was added after a release: where it is missing it counts as `otherwise`."""

    shape: Any
    otherwise: Json


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


def completed(value: Json, shape: Any) -> Json:
    """A value that is of its shape, with what an earlier release did not know of."""
    if isinstance(shape, tuple):
        return completed(value, next(one for one in shape if not misfit(value, one, "")))
    if isinstance(shape, list) and isinstance(value, list):
        return [completed(item, shape[0]) for item in value]
    if isinstance(shape, dict) and isinstance(value, dict):
        known = {
            name: completed(value[name], _plain(one)) if name in value else one.otherwise
            for name, one in shape.items()
        }
        return {**value, **known}
    return value


def _plain(shape: Any) -> Any:
    return shape.shape if isinstance(shape, Added) else shape


def _member(value: dict[str, Json], name: str, shape: Any, where: str) -> str:
    if name in value:
        return misfit(value[name], _plain(shape), f"{where}.{name}")
    return "" if isinstance(shape, Added) else f"{where} has no {name}"


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
