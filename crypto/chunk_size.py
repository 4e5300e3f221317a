"""How long a chunk is (crypto.chunk): arithmetic alone, for whoever prices one and reads none.

chunk_bytes(8, "seed-only", PRODUCTS)
"""

from __future__ import annotations

from typing import Literal

from crypto.parameters import SEED_BYTES, Parameters

Form = Literal["seed-only", "c1-unpacked"]

HEADER_BYTES = 64

_ALIGNMENT = 64


def chunk_bytes(ciphertexts: int, form: Form, parameters: Parameters) -> int:
    """Bytes of a chunk: a function of count, form and parameters alone."""
    polynomials = 1 if form == "seed-only" else 2
    limbs_bytes = 4 * len(parameters.primes) * parameters.ring_degree
    return limbs_offset(ciphertexts) + polynomials * ciphertexts * limbs_bytes


def limbs_offset(ciphertexts: int) -> int:
    """Byte at which the limbs begin: after header and seeds, on a cache line."""
    used = HEADER_BYTES + SEED_BYTES * ciphertexts
    return used + -used % _ALIGNMENT
