"""Masks cancel in the sum over all holders, cover one value each, and hide whatever one lacks."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crypto.errors import FormatError
from crypto.ladder import Ladder
from crypto.pairwise_masks import KeyHolder, MaskKey, PairwiseMasks
from crypto.parameters import PRODUCTS, SUMS, Parameters
from crypto.secret import Secret
from crypto.shares import Residues, sum_residues

OPENED: dict[str, Any] = {
    "output": "age",
    "ladder": Ladder("gaussian", 2**50, 53),
    "rung": -8,
}
KEYS = tuple(MaskKey(Secret(bytes([n]) * 32)) for n in range(1, 6))
HOLDERS = tuple(
    KeyHolder(f"{n:064x}", key.public_hex, f"{n + 80:064x}") for n, key in enumerate(KEYS)
)


def masks(
    count: int, parameters: Parameters = SUMS, holders: Sequence[KeyHolder] = HOLDERS, **opened: Any
) -> list[Residues]:
    """The mask of each of the first `count` holders."""
    among = holders[:count]
    return [
        PairwiseMasks(key, holder, among, parameters).mask(**OPENED | opened)
        for key, holder in zip(KEYS, among, strict=False)
    ]


def zero(parameters: Parameters) -> Residues:
    return (0,) * len(parameters.primes)


@given(
    count=st.integers(2, 5),
    parameters=st.sampled_from([SUMS, PRODUCTS]),
    output=st.sampled_from(["age", "health=good&visits"]),
    law=st.sampled_from(["gaussian", "laplace"]),
    rung=st.integers(-304, 30),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=40, deadline=None)
def test_masks_cancel_over_all_holders_and_no_fewer(
    count: int, parameters: Parameters, output: str, law: Any, rung: int, order: Any
) -> None:
    holders = list(HOLDERS[:count])
    order.shuffle(holders)
    by_identity = {holder.identity: key for holder, key in zip(HOLDERS, KEYS, strict=True)}
    opened = {"output": output, "ladder": Ladder(law, 2**50, 7), "rung": rung}
    found = [
        PairwiseMasks(by_identity[each.identity], each, holders, parameters).mask(**opened)
        for each in holders
    ]
    assert sum_residues(found, parameters) == zero(parameters)
    for some in range(1, count):
        for part in combinations(found, some):
            # Each part is uniform modulo 90 bits or more.
            assert sum_residues(part, parameters) != zero(parameters)


@pytest.mark.parametrize(
    "changed",
    [
        {"output": "cost"},
        {"ladder": Ladder("laplace", 2**50, 53)},
        {"ladder": Ladder("gaussian", 2**50 + 1, 53)},
        {"ladder": Ladder("gaussian", 2**50, 54)},
        {"rung": -9},
    ],
)
def test_another_value_has_another_mask(changed: dict[str, Any]) -> None:
    assert masks(2)[0] != masks(2, **changed)[0]
    assert masks(2)[0] == masks(2)[0]


def test_another_set_of_holders_has_masks_of_its_own() -> None:
    """If the pair of 1 and 2 masked alike whoever else takes part, three sums would unmask 1."""
    first_of_two, first_of_three = masks(2)[0], masks(3)[0]
    others = [HOLDERS[0], HOLDERS[2]]
    with_third = PairwiseMasks(KEYS[0], HOLDERS[0], others, SUMS).mask(**OPENED)
    assert sum_residues([first_of_two, with_third], SUMS) != first_of_three


def test_another_version_of_anybodys_data_has_masks_of_its_own() -> None:
    moved = KeyHolder(HOLDERS[2].identity, HOLDERS[2].mask_key, "ab" * 32)
    for before, after in zip(masks(3), masks(3, holders=(*HOLDERS[:2], moved)), strict=True):
        assert before != after


def test_each_prime_set_has_masks_of_its_own() -> None:
    assert masks(2, PRODUCTS)[0][: len(SUMS.primes)] != masks(2, SUMS)[0]


def test_masks_are_uniform_modulo_every_prime() -> None:
    """Fails by chance once in 10^6 runs or less."""
    own, other = (MaskKey(Secret(secrets.token_bytes(32))) for _ in range(2))
    holders = [KeyHolder("a" * 64, own.public_hex, "1" * 64)]
    holders.append(KeyHolder("b" * 64, other.public_hex, "2" * 64))
    made = PairwiseMasks(own, holders[0], holders, SUMS)
    drawn = [made.mask(**OPENED | {"output": f"sum{n}"}) for n in range(2_000)]
    for residues, prime in zip(zip(*drawn, strict=True), SUMS.primes, strict=True):
        assert max(residues) < prime
        counts = [0] * 16
        for residue in residues:
            counts[residue * 16 // prime] += 1
        assert stats.chisquare(counts).pvalue > 1e-6 / len(SUMS.primes)


def test_who_shows_anothers_mask_key_agrees_on_nothing() -> None:
    """Its pair keys are bound to both identities: 1 masks against it as against nobody else."""
    thief = KeyHolder("f" * 64, HOLDERS[1].mask_key, "cd" * 32)
    with_thief = PairwiseMasks(KEYS[0], HOLDERS[0], [HOLDERS[0], thief], SUMS).mask(**OPENED)
    assert with_thief != masks(2)[0]
    with pytest.raises(FormatError, match="mask key"):
        PairwiseMasks(KEYS[0], HOLDERS[0], [*HOLDERS[:2], thief], SUMS)


def test_masks_need_two_holders_each_once_and_their_own_key() -> None:
    first, second = HOLDERS[:2]
    same_data = KeyHolder(second.identity, second.mask_key, first.manifest_hash)
    for holders, reason in (
        ([first], "two or more"),
        ([first, first], "one identity"),
        ([first, same_data], "one manifest hash"),
        (HOLDERS[1:3], "not among"),
    ):
        with pytest.raises(FormatError, match=reason):
            PairwiseMasks(KEYS[0], first, holders, SUMS)
    with pytest.raises(FormatError, match="not among"):
        PairwiseMasks(KEYS[1], first, [first, second], SUMS)


@pytest.mark.parametrize("key", ["", "ab" * 31, "AB" * 32, "zz" * 32])
def test_malformed_mask_key_is_refused(key: str) -> None:
    with pytest.raises(FormatError, match="64 lower-case hex"):
        KEYS[0].agree(key)


def test_mask_key_of_small_order_is_refused() -> None:
    """Whoever shows it would have every pair key be the same known bytes."""
    with pytest.raises(FormatError, match="small order"):
        KEYS[0].agree("00" * 32)
    with pytest.raises(FormatError, match="31 bytes"):
        MaskKey(Secret(bytes(31)))


def test_mask_key_shows_nothing() -> None:
    assert (repr(KEYS[0]), str(KEYS[0])) == ("<secret>", "<secret>")
