"""Shares of sums without a ciphertext: what is only ever summed needs no more than a one-time pad.

A column of which nothing but its sum is opened has no use for ciphertexts. For every N values x the
key holder draws a, uniform modulo Q and kept, and publishes

    b = Δ·Σx - a    mod q_l

just as the two shares of a ciphertext's sum (crypto.secret_key) would be added. Whoever sees b
alone sees a uniform number whatever the values are: secrecy is perfect and rests on no assumption.
Nothing is encrypted, so b + a carries no error but that of rounding Δ·x.

Rules: a is drawn from the system's generator, 32 bytes for each block of N values, never derived
and never drawn twice: two blocks under one pad differ by their sums, readable without a key. A draw
of k words of 30 bits is taken only when each is below its prime, and drawn anew otherwise, so every
residue is exactly uniform.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto.encrypt import Values, encoded, exact_sum
from crypto.fresh import FreshBytes
from crypto.parameters import LIMB_BITS, Parameters
from crypto.shares import Residues, reduce_integer, subtract_residues

_WORD_BYTES = 4
_MASK = (1 << LIMB_BITS) - 1


@dataclass(frozen=True, slots=True, eq=False)
class SumShares:
    """Both shares of the sum of each N values. `key_holder_constants` are key material."""

    platform_constants: tuple[Residues, ...]
    key_holder_constants: tuple[Residues, ...]

    def __repr__(self) -> str:
        return f"SumShares({len(self.platform_constants)} blocks)"


def share_sums(
    values: Values,
    parameters: Parameters,
    *,
    fresh: FreshBytes,
) -> SumShares:
    """Share the sums of float64[n*N], the column's values including padding, N by N.

    `fresh` is that of crypto.encrypt.encrypt_column: one serves both.

    Raises:
        ParameterError: not a whole number of blocks, a value that is not finite or above one in
            size, or bytes drawn twice.
    """
    platform, key_holder = [], []
    for block in encoded(values, parameters):
        pad = uniform_residues(parameters, fresh)
        total = reduce_integer(exact_sum(block), parameters)
        platform.append(subtract_residues(total, pad, parameters))
        key_holder.append(pad)
    return SumShares(tuple(platform), tuple(key_holder))


def uniform_residues(parameters: Parameters, fresh: FreshBytes) -> Residues:
    """One residue for each prime, uniform and independent (raises as `share_sums`)."""
    while True:
        drawn = fresh.draw()
        residues = tuple(
            int.from_bytes(drawn[start : start + _WORD_BYTES], "little") & _MASK
            for start in range(0, _WORD_BYTES * len(parameters.primes), _WORD_BYTES)
        )
        if all(word < q for word, q in zip(residues, parameters.primes, strict=True)):
            return residues
