"""Write the vectors of engine and records: `python tests/vectors/make_vectors.py`, from the root.

Formats are frozen: a vector changes only together with the version its format carries.
Hashes of limbs are over uint32 words, little endian, prime after prime.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from vectors.member_vectors import members  # noqa: E402
from vectors.record_vectors import digests, signed_records  # noqa: E402

from crypto import ntt, seeds, shares  # noqa: E402 - the tree need not be installed
from crypto.canonical import Json  # noqa: E402
from crypto.chunk import build_chunk  # noqa: E402
from crypto.encrypt import encrypt_column  # noqa: E402
from crypto.fresh import FreshBytes  # noqa: E402
from crypto.parameters import PRODUCTS, SUMS  # noqa: E402
from crypto.secret_key import CkksSecretKey  # noqa: E402

SEED_CASES = [(bytes(32), 0), (bytes(range(32)), 1), (b"\xff" * 32, 2**63 - 1)]
SHARE_CASES = [0, 1, -1, 2**98, -(2**148) + 12345]


def expansions() -> Json:
    """Seeds and what they expand to."""
    cases = []
    for seed, ciphertext in SEED_CASES:
        c1 = seeds.expand_c1(seed, ciphertext, PRODUCTS)
        cases.append(
            {
                "ciphertext": str(ciphertext),
                "first_words": c1[:, :4].tolist(),
                "seed": seed.hex(),
                "sha256": hashlib.sha256(c1.astype("<u4").tobytes()).hexdigest(),
            }
        )
    return {"cases": cases, "parameters": PRODUCTS.digest()}


def chunks() -> Json:
    """Header, seed table and hash of chunks whose c0 is the expansion of other seeds."""
    table = b"".join(bytes([i]) * 32 for i in range(3))
    c1 = seeds.expand_c1_batch(table, 250, PRODUCTS)
    c0 = np.ascontiguousarray(c1[::-1])
    cases = []
    for form, unpacked in (("seed-only", None), ("c1-unpacked", c1)):
        data = build_chunk(PRODUCTS, table, c0, first_ciphertext=250, c1=unpacked)
        cases.append(
            {
                "bytes": len(data),
                "ciphertexts": 3,
                "form": form,
                "head": data[:192].hex(),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
    return {"c0": "c1 of ciphertexts 252, 251, 250", "cases": cases, "first_ciphertext": 250}


def encoded_shares() -> Json:
    """Integers, in decimal, and their residues in hex."""
    return {
        "cases": [
            {
                "integer": str(integer),
                "residues": shares.encode_residues(
                    shares.reduce_integer(integer, PRODUCTS), PRODUCTS
                ),
            }
            for integer in SHARE_CASES
        ],
        "modulus": str(PRODUCTS.modulus),
    }


def platform_digests() -> Json:
    """H(b) over named shares."""
    named = [("mean", (1, 2, 3, 4, 5)), ("age", (0, 0, 0, 0, 1))]
    return {
        "cases": [
            {
                "outputs": [[output, list(residues)] for output, residues in chosen],
                "digest": shares.platform_digest(chosen, PRODUCTS),
            }
            for chosen in (named, named[:1], [])
        ]
    }


def encryptions() -> Json:
    """A key, values, drawn bytes, and the ciphertext they make: coefficient j of the key is
    (j mod 3) - 1, value j is (j mod 255 - 127)/127."""
    cases = []
    for chosen in (SUMS, PRODUCTS):
        degree = chosen.ring_degree
        coefficients = np.arange(degree, dtype=np.int64) % 3 - 1
        # The tables of a set are those of its data primes: the special one takes a turn as such.
        turned = replace(chosen, primes=chosen.key_primes[1:], special_prime=chosen.primes[0])
        words = ntt.words_of(coefficients, chosen), ntt.words_of(coefficients, turned)[-1:]
        key = CkksSecretKey(chosen, np.concatenate(words))
        drawn = [bytes([2]) * 32, bytes([1]) * 32]
        values = (np.arange(degree) % 255 - 127) / 127
        part = encrypt_column(values, key, fresh=FreshBytes(lambda _, left=drawn: left.pop()))
        cases.append(
            {
                "c0_first_words": part.c0[0, :, :4].tolist(),
                "c0_sha256": hashlib.sha256(part.c0.astype("<u4").tobytes()).hexdigest(),
                "error_key": (bytes([2]) * 32).hex(),
                "key_holder_constant": shares.encode_table(part.key_holder_constants, chosen),
                "key_sha256": hashlib.sha256(key.words.astype("<u4").tobytes()).hexdigest(),
                "parameters": chosen.name,
                "platform_constant": shares.encode_table(part.platform_constants, chosen),
                "seed": part.seeds.hex(),
            }
        )
    return {"cases": cases, "digests": {one.name: one.digest() for one in (SUMS, PRODUCTS)}}


VECTORS = {
    "encryption": encryptions,
    "c1_expansion": expansions,
    "chunk": chunks,
    "shares": encoded_shares,
    "platform_digest": platform_digests,
    "members": members,
    "signed_records": signed_records,
    "record_digests": digests,
}


def main() -> None:
    for name, make in VECTORS.items():
        text = json.dumps(make(), indent=2, sort_keys=True) + "\n"
        (Path(__file__).parent / f"{name}.json").write_text(text)


if __name__ == "__main__":
    main()
