"""Canonical JSON: one value, one byte string.

Rules: objects with ASCII keys in code-point order, no duplicate keys, no white space,
integers within ±2^63, no floats, NaN or Infinity, strings escaped to ASCII. A reader
re-serialises what it parsed and refuses bytes that differ, so two parsers can never
disagree about what was signed (the differences RFC 8785 §3.2 lists are all excluded).
Quantities that are not integers travel as decimal strings.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

from crypto.errors import FormatError

Json = Any
"""None, bool, int, str, list of Json, or dict from str to Json."""

_INTEGER_LIMIT = 2**63
_MAXIMUM_DEPTH = 64


def dumps(value: Json) -> bytes:
    """Serialise to the one canonical byte string.

    Raises:
        FormatError: a float, a non-string key, an integer beyond ±2^63, or nesting over 64.
    """
    _check(value, depth=0)
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text.encode("ascii")


def loads(data: bytes, *, limit_bytes: int = 64 * 1024 * 1024) -> Json:
    """Parse bytes that are canonical, or refuse them.

    Raises:
        FormatError: over `limit_bytes`, not JSON, or not byte for byte what `dumps` writes.
    """
    if len(data) > limit_bytes:
        raise FormatError(f"document has {len(data)} bytes, expected at most {limit_bytes}")
    try:
        value = json.loads(
            data,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            parse_int=_bounded_integer,
            object_pairs_hook=_unique_pairs,
        )
    except (ValueError, RecursionError) as error:
        # The parser's own text quotes the document, which may be confidential.
        raise FormatError("document is not JSON") from error
    if dumps(value) != data:
        raise FormatError("document is not canonical: it serialises to other bytes")
    return value


def digest(tag: str, value: Json) -> str:
    """SHA-256, in hex, of the tag, a zero byte and the canonical bytes of `value`."""
    return digest_bytes(tag, dumps(value))


def digest_bytes(tag: str, data: bytes) -> str:
    """SHA-256, in hex, of the tag, a zero byte and `data`."""
    return hashlib.sha256(tag.encode("ascii") + b"\x00" + data).hexdigest()


def _check(value: Json, depth: int) -> None:
    if depth > _MAXIMUM_DEPTH:
        raise FormatError(f"document nests deeper than {_MAXIMUM_DEPTH}")
    if value is None or isinstance(value, (bool, str)):
        return
    if isinstance(value, int):
        if not -_INTEGER_LIMIT < value < _INTEGER_LIMIT:
            raise FormatError("integer beyond 63 bits: write it as a string")
        return
    if isinstance(value, (list, tuple)):
        for item in value:
            _check(item, depth + 1)
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise FormatError(f"object key is {type(key).__name__}, expected an ASCII string")
            _check(item, depth + 1)
        return
    raise FormatError(f"{type(value).__name__} has no canonical form")


def _refuse_number(_text: str) -> NoReturn:
    raise FormatError("document holds a number that is not an integer")


def _bounded_integer(text: str) -> int:
    if len(text) > 20:
        raise FormatError("integer beyond 63 bits")
    return int(text)


def _unique_pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise FormatError("object holds a key twice")
    return result
