"""Canonical JSON: one value, one byte string.

Rules: objects with ASCII keys in code-point order, no duplicate keys, no white space,
integers within ±2^63, no floats, NaN or Infinity, strings escaped to ASCII. A reader
re-serialises what it parsed and refuses bytes that differ, so two parsers can never
disagree about what was signed (the differences RFC 8785 §3.2 lists are all excluded).
Quantities that are not integers travel as decimal strings.

    >>> dumps({"b": 1, "a": [True, None]})
    b'{"a":[true,null],"b":1}'
    >>> loads(b'{"a": 1}')
    Traceback (most recent call last):
    crypto.errors.FormatError: document is not canonical: it serialises to other bytes
    >>> parse(b'{"a": 1}')
    {'a': 1}
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, NoReturn

from crypto.errors import FormatError

Json = Any
"""None, bool, int, str, list of Json, or dict from str to Json."""

_INTEGER_LIMIT = 2**63
_MAXIMUM_DEPTH = 64
_MAXIMUM_BYTES = 64 * 1024 * 1024
_MAXIMUM_VALUES = 1_000_000
"""In one document. A value of two bytes takes a hundred once it is parsed."""
# A string (possessive, and at the end an open one too: each byte is looked at once), or what stands
# between values.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_QUOTE, _OPENING, _CLOSING = ord('"'), b"[{", b"]}"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def dumps(value: Json) -> bytes:
    """Serialise to the one canonical byte string.

    Raises:
        FormatError: a float, a non-string key, an integer beyond ±2^63, or nesting over 64.
    """
    _check(value, depth=0)
    # Python sorts keys by code point, RFC 8785 by UTF-16 unit: for ASCII keys that is one order.
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text.encode("ascii")


def loads(data: bytes, *, limit_bytes: int = _MAXIMUM_BYTES) -> Json:
    """Parse bytes that are canonical, or refuse them.

    Raises:
        FormatError: over `limit_bytes`, not JSON, or not byte for byte what `dumps` writes.
    """
    # A writer's one spelling is the definition; to compare with it leaves no rule to forget.
    value = parse(data, limit_bytes=limit_bytes)
    if dumps(value) != data:
        raise FormatError("document is not canonical: it serialises to other bytes")
    return value


def parse(
    data: bytes, *, limit_bytes: int = _MAXIMUM_BYTES, limit_values: int = _MAXIMUM_VALUES
) -> Json:
    """Parse JSON of the same values in any spelling: white space, order and escapes are free.

    Depth and number of values are bounded before anything is made of the bytes.

    Raises:
        FormatError: over `limit_bytes`, not JSON, nested over 64, over `limit_values` values, a
            number that is not an integer within 20 digits, a key twice, or a lone surrogate.
    """
    if len(data) > limit_bytes:
        raise FormatError(f"document has {len(data)} bytes, expected at most {limit_bytes}")
    _check_shape(data, limit_values)
    try:
        value = json.loads(
            data.decode("utf-8"),
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            parse_int=_bounded_integer,
            object_pairs_hook=_unique_pairs,
        )
        # Half of a surrogate pair parses, and is not a character: no UTF-8 can be made of it.
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ValueError as error:
        # The parser's own text quotes the document, which may be confidential.
        raise FormatError("document is not JSON") from error
    return value


def _check_shape(data: bytes, limit_values: int) -> None:
    """Depth and number of values, token by token, so that nothing piles up on the way.

    A value follows each comma and opening bracket. An object's member has two strings, so no JSON
    holds more of them than twice the values, and one: bytes that are all quotation marks end here.
    """
    # Before the parser runs: it recurses, and makes an object of every value. Inside a string
    # nothing counts, which the pattern's first alternative sees to; what is not well formed may be
    # counted wrongly, and is refused by the parser.
    depth = values = strings = 0
    for token in _TOKEN.finditer(data):
        first = data[token.start()]
        if first == _QUOTE:
            strings += 1
            if strings > 2 * values + 1:
                raise FormatError("document is not JSON")
        elif first in _CLOSING:
            depth -= 1
        else:
            values += 1
            depth += first in _OPENING
            if values > limit_values:
                raise FormatError(f"document holds over {limit_values} values")
            if depth > _MAXIMUM_DEPTH:
                raise FormatError(f"document nests deeper than {_MAXIMUM_DEPTH}")


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
    # int() of very many digits takes quadratic time, and 2^63 with its sign has twenty.
    if len(text) > 20:
        raise FormatError("integer beyond 63 bits")
    return int(text)


def _unique_pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    # Parsers differ in which of two equal keys they keep (RFC 8259 section 4).
    result = dict(pairs)
    if len(result) != len(pairs):
        raise FormatError("object holds a key twice")
    return result
