"""Frozen dataclasses to canonical JSON and back, strictly.

The annotations are the format: `str`, `int`, `bool`, `X | None`, `Literal[...]`, `tuple[X, ...]`,
nested dataclasses, and unions of dataclasses told apart by a `Literal` field named `tag`.
Unknown, missing or mistyped members are refused. Standard library only: the plan sandbox
imports this module.
"""

from __future__ import annotations

import dataclasses
import types
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError

T = TypeVar("T")


def to_json(record: Any) -> Json:
    """The JSON value of a record: an object of a dataclass's fields, a list of a tuple's items."""
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        return {
            field.name: to_json(getattr(record, field.name)) for field in dataclasses.fields(record)
        }
    if isinstance(record, tuple):
        return [to_json(item) for item in record]
    return record


def from_json(kind: type[T], value: Json) -> T:
    """Build `kind` from a JSON value.

    Raises:
        FormatError: a member is unknown, missing or of another type; the path to it is named.
    """
    result: T = _read(kind, value, path=getattr(kind, "__name__", str(kind)))
    return result


def encode(record: Any) -> bytes:
    """Canonical bytes of a record.

    Raises:
        FormatError: it holds what has no canonical form (crypto.canonical).
    """
    return canonical.dumps(to_json(record))


def decode(kind: type[T], data: bytes) -> T:
    """Parse canonical bytes into `kind`.

    Raises:
        FormatError: they are not canonical, or not what `encode` writes of a `kind`.
    """
    return from_json(kind, canonical.loads(data))


def _read(kind: Any, value: Json, path: str) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _read_dataclass(kind, value, path)
    origin = get_origin(kind)
    if origin is Literal:
        if any(type(value) is type(choice) and value == choice for choice in get_args(kind)):
            return value
        raise FormatError(f"{path}: expected one of {get_args(kind)}")
    if origin is tuple:
        if not isinstance(value, list):
            raise FormatError(f"{path}: {type(value).__name__}, expected a list")
        return tuple(_read(get_args(kind)[0], item, f"{path}[{i}]") for i, item in enumerate(value))
    if origin in (Union, types.UnionType):
        return _read_union(kind, value, path)
    if hasattr(kind, "__supertype__"):
        return _read(kind.__supertype__, value, path)
    # bool is an int to Python, but not to the format.
    if kind in (str, int, bool) and type(value) is kind:
        return value
    raise FormatError(f"{path}: {type(value).__name__}, expected {getattr(kind, '__name__', kind)}")


@lru_cache(maxsize=512)
def _hints(kind: Any) -> dict[str, Any]:
    """Resolved annotations: slow to make, and asked for at every node of a plan."""
    return get_type_hints(kind)


def _read_dataclass(kind: Any, value: Json, path: str) -> Any:
    if not isinstance(value, dict):
        raise FormatError(f"{path}: {type(value).__name__}, expected an object")
    hints = _hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    if unknown := sorted(set(value) - set(names)):
        raise FormatError(f"{path}: unknown member {unknown[0]!r}, expected {', '.join(names)}")
    if missing := [name for name in names if name not in value]:
        raise FormatError(f"{path}: member {missing[0]!r} is missing")
    members = {name: _read(hints[name], value[name], f"{path}.{name}") for name in names}
    try:
        return kind(**members)
    except ValueError as error:
        raise FormatError(f"{path}: {error}") from error


def _read_union(kind: Any, value: Json, path: str) -> Any:
    choices = get_args(kind)
    if value is None and type(None) in choices:
        return None
    tagged = [choice for choice in choices if choice is not type(None)]
    if len(tagged) == 1:
        return _read(tagged[0], value, path)
    tag = value.get("tag") if isinstance(value, dict) else None
    for choice in tagged:
        if tag in get_args(_hints(choice).get("tag")):
            return _read(choice, value, path)
    raise FormatError(f"{path}: tag {tag!r} is not known here")
