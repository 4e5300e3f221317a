"""Bytes that do not show themselves.

Rules: a secret prints `<secret>` however it is printed, is compared in constant time, is never
pickled, copied into a hash table or iterated; its bytes come out through `reveal` alone, so that a
search for that word finds every place where a secret is used.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NoReturn

HIDDEN = "<secret>"


class Secret:
    """Secret bytes: keys, seeds, passphrases, shares.

    Raises:
        TypeError: anything but bytes; the value itself is not named.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        if not isinstance(value, bytes):
            raise TypeError(f"a secret is made of bytes, not {type(value).__name__}")
        self._value = value

    def reveal(self) -> bytes:
        """The bytes themselves."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> NoReturn:
        raise TypeError("a secret has no hash: key the table by an identifier instead")

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, specification: str) -> str:
        return format(HIDDEN, specification)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is never pickled: wrap it in a key file instead")


RotatedSecret = Callable[[], tuple[Secret, ...]]
"""A secret that may change while it is in use, asked for at every use: the first one signs, each
one verifies."""


def unchanging(secret: Secret) -> RotatedSecret:
    """A secret that stays as it is."""
    return lambda: (secret,)
