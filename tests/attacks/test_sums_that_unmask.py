"""Three owners and a buyer who asks three times, to have one owner's value.

If the mask of a pair were the same whoever else takes part, the masks of an owner in the unions
with the second, with the third, and with both would cancel: what the owner sealed for the first
two, less what it sealed for the third, is its own noised value, which no owner has let be seen.
Nobody else has to help: the buyer opens all envelopes of their own jobs.
"""

from __future__ import annotations

import secrets

from crypto.ladder import Ladder
from crypto.pairwise_masks import KeyHolder, MaskKey, PairwiseMasks
from crypto.parameters import SUMS
from crypto.secret import Secret
from crypto.shares import (
    Residues,
    add_residues,
    combine,
    reduce_integer,
    subtract_residues,
)

VALUE = 123_456_789 << 30
KEYS = [MaskKey(Secret(secrets.token_bytes(32))) for _ in range(3)]
LADDER = Ladder("gaussian", 2**50, 53)
HOLDERS = [KeyHolder(f"{n:064x}", key.public_hex, f"{n + 8:064x}") for n, key in enumerate(KEYS)]


def sealed_with(*others: int) -> Residues:
    """The first owner's noised share of one sum, masked among these others."""
    among = [HOLDERS[0], *(HOLDERS[other] for other in others)]
    masks = PairwiseMasks(KEYS[0], HOLDERS[0], among, SUMS)
    mask = masks.mask("age", LADDER, 0)
    return add_residues(reduce_integer(VALUE, SUMS), mask, SUMS)


def test_three_unions_of_one_owner_do_not_add_up_to_its_value() -> None:
    with_either = add_residues(sealed_with(1), sealed_with(2), SUMS)
    difference = subtract_residues(with_either, sealed_with(1, 2), SUMS)
    zero = reduce_integer(0, SUMS)
    assert combine(zero, difference, SUMS) != VALUE


def test_another_version_of_anothers_data_is_another_set() -> None:
    """The owner's own value is the same in both, the other's is not: one pad for two sums."""
    moved = KeyHolder(HOLDERS[1].identity, HOLDERS[1].mask_key, "ab" * 32)
    after = PairwiseMasks(KEYS[0], HOLDERS[0], [HOLDERS[0], moved], SUMS)
    again = add_residues(reduce_integer(VALUE, SUMS), after.mask("age", LADDER, 0), SUMS)
    assert again != sealed_with(1)
