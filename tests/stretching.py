"""Unlock secrets are stretched at their full cost, but each with one salt once per tree.

Scrypt is a function of its arguments, and here they are few: salts are taken in turn from a
handful, and so is what opens a home for which nobody gives a passphrase (world.unlocking). What
one derivation made opens the next home without another tenth of a second, in whichever process of
the tests. Key files are the product's, read and written as ever; processes of the product stretch
for themselves.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from world.unlocking import UNLOCKS

from crypto import keyfile

_KEPT: Final = Path(__file__).parent.parent / "build" / "stretched-for-tests"
_KEPT_FOR: Final = {*UNLOCKS, *(unlock.hex().encode() for unlock in UNLOCKS)}
"""As it opens a client's home, and as it is written in an agent's."""
_SALT_BYTES: Final = 16
_SALTS: Final = 4


class RememberingScrypt:
    """In the place of `Scrypt` in crypto.keyfile."""

    def __init__(self, salt: bytes, length: int, n: int, r: int, p: int) -> None:
        self._arguments = (salt, length, n, r, p)

    def derive(self, key_material: bytes) -> bytes:
        return _derived(*self._arguments, key_material)


class FewSalts:
    """In the place of `secrets` there: each salt is one of a few, all other bytes are its own."""

    def __init__(self) -> None:
        digests = (hashlib.sha256(bytes([number])).digest() for number in range(_SALTS))
        self._salts = cycle([digest[:_SALT_BYTES] for digest in digests])

    def token_bytes(self, count: int) -> bytes:
        return next(self._salts) if count == _SALT_BYTES else secrets.token_bytes(count)


@cache
def _derived(salt: bytes, length: int, n: int, r: int, p: int, key_material: bytes) -> bytes:
    arguments = (salt, length, n, r, p, key_material)
    if key_material not in _KEPT_FOR:
        return Scrypt(salt, length, n, r, p).derive(key_material)
    kept = _KEPT / hashlib.sha256(repr(arguments).encode()).hexdigest()
    if kept.is_file():
        return kept.read_bytes()
    derived = Scrypt(salt, length, n, r, p).derive(key_material)
    # By functions that no crash test counts as a write of the product's (world.crashes).
    os.makedirs(_KEPT, exist_ok=True)
    # Whole or not at all, whichever of a run's workers comes first.
    written = f"{kept}.{os.urandom(8).hex()}"
    with open(written, "wb") as file:
        file.write(derived)
    os.replace(written, kept)
    return derived


setattr(keyfile, Scrypt.__name__, RememberingScrypt)
setattr(keyfile, secrets.__name__, FewSalts())
