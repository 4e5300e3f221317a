"""Unlock secrets are stretched at their full cost, but each with one salt once per process.

Scrypt is a function of its arguments: what a test's home was made with opens it again without
another tenth of a second. Key files are the product's, read and written as ever.
"""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from crypto import keyfile


class RememberingScrypt:
    """In the place of `Scrypt` in crypto.keyfile."""

    def __init__(self, salt: bytes, length: int, n: int, r: int, p: int) -> None:
        self._arguments = (salt, length, n, r, p)

    def derive(self, key_material: bytes) -> bytes:
        return _derived(*self._arguments, key_material)


@cache
def _derived(salt: bytes, length: int, n: int, r: int, p: int, key_material: bytes) -> bytes:
    return Scrypt(salt=salt, length=length, n=n, r=r, p=p).derive(key_material)


setattr(keyfile, Scrypt.__name__, RememberingScrypt)
