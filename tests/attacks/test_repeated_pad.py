"""Attack: publish the sums of a column again, and subtract the versions' signed constants.

Two blocks under one pad differ by their sums, readable without a key: a pad that were derived from
the key, or from the place of the block, would publish what changed between two versions.
"""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np

from crypto.fresh import FreshBytes
from crypto.parameters import SUMS
from crypto.shares import Residues, combine, subtract_residues
from crypto.sum_shares import share_sums

BLOCKS = 3


def published(people: int) -> tuple[Residues, ...]:
    """The constants of a level that so many people of the second block have."""
    values = np.zeros(BLOCKS * SUMS.values_per_ciphertext)
    values[SUMS.values_per_ciphertext :][:people] = 1.0
    return share_sums(values, SUMS, fresh=FreshBytes(os.urandom)).platform_constants


def read_off(new: Residues, old: Residues) -> Fraction:
    """What an outsider takes for the difference of two sums."""
    nothing = (0,) * len(SUMS.primes)
    return Fraction(combine(subtract_residues(new, old, SUMS), nothing, SUMS), SUMS.unit(1))


def test_versions_of_a_sum_do_not_tell_their_difference() -> None:
    before, after = published(40), published(41)
    for old, new in zip(before, after, strict=True):
        # Uniform modulo Q: it lies within 2^20 rows of anything with probability 2^-19.
        assert abs(read_off(new, old)) > 2**20


def test_blocks_of_one_version_do_not_tell_their_difference() -> None:
    first, second, third = published(40)
    assert min(abs(read_off(second, first)), abs(read_off(third, first))) > 2**20
