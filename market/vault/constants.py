"""The key holder's constants a_i = N^-1 Σ c1·s of every ciphertext, as a file: key material.

Little-endian 32-bit residues, column by column in the manifest's order, under a digest that names
the manifest. A sum's share needs nothing else, so no ciphertext is ever taken from outside for it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence

from crypto import parameters
from crypto.errors import FormatError
from crypto.shares import Residues, decode_table
from market.records.manifest import Manifest
from market.records.signed import record_hash

_MAGIC = b"AHC1"
_DIGEST_TAG = b"market/key-holder-constants/1\x00"

Constants = Mapping[str, tuple[Residues, ...]]
"""a_i of every ciphertext, by encoded column."""


def encode_constants(manifest: Manifest, constants: Mapping[str, str]) -> bytes:
    """The table's bytes: magic, digest, residues.

    Args:
        constants: by encoded column, as crypto.shares.encode_table writes them.

    Raises:
        FormatError: they are not one for each ciphertext, or not written so.
    """
    chosen = parameters.by_name(manifest.parameters)
    rows = struct.Struct(f"<{len(chosen.primes)}I")
    # A column at a time: as integers all of a wide table would take ten times these bytes.
    body = b"".join(
        b"".join(
            rows.pack(*residues)
            for residues in decode_table(constants[column.name], manifest.ciphertexts, chosen)
        )
        for column in manifest.columns
    )
    return _MAGIC + _digest(manifest, body) + body


def decode_constants(manifest: Manifest, data: bytes, columns: Sequence[str]) -> Constants:
    """Read the named columns of a table.

    Raises:
        FormatError: another size, digest or manifest, or a residue not below its prime.
    """
    chosen = parameters.by_name(manifest.parameters)
    primes = chosen.primes
    row_bytes = 4 * len(primes)
    body = data[36:]
    if len(body) != row_bytes * manifest.ciphertexts * len(manifest.columns):
        raise FormatError(f"the table has {len(body)} bytes, not the manifest's number")
    if data[:36] != _MAGIC + _digest(manifest, body):
        raise FormatError("the table's digest is not that of its content and manifest")
    names = [column.name for column in manifest.columns]
    result: dict[str, tuple[Residues, ...]] = {}
    for name in columns:
        start = names.index(name) * manifest.ciphertexts * row_bytes
        part = body[start : start + manifest.ciphertexts * row_bytes]
        rows = tuple(struct.iter_unpack(f"<{len(primes)}I", part))
        if any(
            residue >= prime for row in rows for residue, prime in zip(row, primes, strict=True)
        ):
            raise FormatError(f"column {name}: a residue is not below its prime")
        result[name] = rows
    return result


def _digest(manifest: Manifest, body: bytes) -> bytes:
    named = record_hash(manifest).encode()
    return hashlib.sha256(_DIGEST_TAG + named + b"\x00" + body).digest()
