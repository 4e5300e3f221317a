"""What a declared table will take, before anything of it is encrypted: room on disk, and time."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from crypto.chunk_size import chunk_bytes
from crypto.encrypt import encrypt_column
from crypto.fresh import FreshBytes
from crypto.parameters import Parameters
from crypto.secret_key import CkksSecretKey
from market.owner.publish.encrypt_table import CIPHERTEXTS_PER_CHUNK
from market.plan.schema import Schema
from market.policy.listing.encrypted_for import SETS, EncryptedFor


@dataclass(frozen=True, slots=True)
class Room:
    """What encrypting and storing a table takes.

    Attributes:
        size_bytes: of all ciphertext: on this disk until it is sent, then in the portal's store.
        columns: how many are encrypted: levels and bins, declared products, and the rows.
        encrypt_seconds: on this machine, while it does nothing else.
    """

    size_bytes: int
    columns: int
    encrypt_seconds: int


def room_for(schema: Schema, wanted: EncryptedFor) -> Room:
    """What a table of this schema takes, by its declared capacity."""
    parameters = SETS[wanted]
    ciphertexts = -(-schema.capacity_rows // parameters.values_per_ciphertext)
    encrypted = stored_columns(schema) * ciphertexts
    return Room(
        ciphertext_bytes(schema, ciphertexts, parameters),
        len(schema.factors),
        round(encrypted / _ciphertexts_per_second(wanted)),
    )


def stored_columns(schema: Schema) -> int:
    """How many columns have ciphertext: those that are only summed have none."""
    return sum(not schema.is_only_summed(factor) for factor in schema.factors)


def ciphertext_bytes(schema: Schema, ciphertexts: int, parameters: Parameters) -> int:
    """What so many ciphertexts of each column take on disk, and in the store."""
    return stored_columns(schema) * chunk_bytes(ciphertexts, "seed-only", parameters)


@lru_cache(maxsize=len(SETS))
def _ciphertexts_per_second(wanted: EncryptedFor) -> float:
    """Measured once, on one chunk of zeros under a key that is thrown away, for all cores."""
    parameters = SETS[wanted]
    key = CkksSecretKey.generate(parameters)
    values = np.zeros(CIPHERTEXTS_PER_CHUNK * parameters.values_per_ciphertext)
    fresh = FreshBytes(secrets.token_bytes)
    # The first call compiles what later ones use.
    _encrypt_one(values, key, fresh, parameters)
    began = time.perf_counter()
    encrypt_column(values, key, fresh=fresh, first_ciphertext=0)
    return CIPHERTEXTS_PER_CHUNK * (os.cpu_count() or 1) / (time.perf_counter() - began)


def _encrypt_one(
    values: np.ndarray, key: CkksSecretKey, fresh: FreshBytes, parameters: Parameters
) -> None:
    encrypt_column(values[: parameters.values_per_ciphertext], key, fresh=fresh, first_ciphertext=0)
