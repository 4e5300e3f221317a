from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import shares
from crypto.errors import FormatError, ParameterError
from crypto.parameters import PRODUCTS

HALF = PRODUCTS.modulus // 2
centred = st.integers(-HALF, HALF)
residues = st.tuples(*(st.integers(0, q - 1) for q in PRODUCTS.primes))


@given(centred, residues)
def test_two_shares_combine_to_the_integer_they_split(z: int, b: shares.Residues) -> None:
    d = tuple((z - x) % q for x, q in zip(b, PRODUCTS.primes, strict=True))
    assert shares.combine(b, d, PRODUCTS) == z


@pytest.mark.parametrize("z", [0, 1, -1, HALF, -HALF])
def test_remainder_is_centred(z: int) -> None:
    zero = shares.reduce_integer(0, PRODUCTS)
    assert shares.combine(shares.reduce_integer(z, PRODUCTS), zero, PRODUCTS) == z
    assert shares.combine(zero, shares.reduce_integer(HALF + 1, PRODUCTS), PRODUCTS) == -HALF


@given(st.lists(st.tuples(st.integers(-(2**40), 2**40), st.integers(-(2**60), 2**60)), max_size=5))
def test_weighted_shares_are_those_of_the_weighted_sum(terms: list[tuple[int, int]]) -> None:
    parts = ((weight, shares.reduce_integer(z, PRODUCTS)) for weight, z in terms)
    total = sum(weight * z for weight, z in terms)
    assert shares.weighted_residues(parts, PRODUCTS) == shares.reduce_integer(total, PRODUCTS)


@given(residues)
def test_encoded_residues_read_back(share: shares.Residues) -> None:
    text = shares.encode_residues(share, PRODUCTS)
    assert len(text) == 40
    assert shares.decode_residues(text, PRODUCTS) == share


@given(st.lists(residues, max_size=4))
def test_table_reads_back_and_sums(table: list[shares.Residues]) -> None:
    text = shares.encode_table(table, PRODUCTS)
    assert shares.decode_table(text, len(table), PRODUCTS) == tuple(table)
    total = shares.reduce_integer(0, PRODUCTS)
    for share in table:
        total = shares.add_residues(total, share, PRODUCTS)
    assert shares.sum_residues(table, PRODUCTS) == total


GOOD = shares.encode_residues((1, 2, 3, 4, 0xABC), PRODUCTS)


@pytest.mark.parametrize(
    "text",
    ["", GOOD[:-1], GOOD + "0", GOOD.upper(), "ffffffff" + GOOD[8:], " " + GOOD[1:],
     "+" + GOOD[1:], "0x" + GOOD[2:], "_" + GOOD[1:], "٣" + GOOD[1:],
     f"{PRODUCTS.primes[0]:08x}" + GOOD[8:]],
)  # fmt: skip
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        shares.decode_residues(text, PRODUCTS)


@pytest.mark.parametrize("share", [(), (0,) * 4, (0,) * 6, (-1, 0, 0, 0, 0), PRODUCTS.primes])
def test_unreduced_residues_are_refused(share: shares.Residues) -> None:
    zero = shares.reduce_integer(0, PRODUCTS)
    for use in (
        lambda: shares.encode_residues(share, PRODUCTS),
        lambda: shares.add_residues(share, zero, PRODUCTS),
        lambda: shares.add_residues(zero, share, PRODUCTS),
        lambda: shares.combine(zero, share, PRODUCTS),
        lambda: shares.sum_residues([zero, share], PRODUCTS),
    ):
        with pytest.raises(ParameterError):
            use()


def test_platform_digest_binds_every_name_and_residue_but_no_order() -> None:
    one, two = (1, 2, 3, 4, 5), (1, 2, 3, 4, 6)
    digest = shares.platform_digest([("a", one), ("b", two)], PRODUCTS)
    assert shares.platform_digest([("b", two), ("a", one)], PRODUCTS) == digest
    others = [[("a", two), ("b", one)], [("a", one)], [("a", one), ("c", two)], []]
    assert digest not in {shares.platform_digest(other, PRODUCTS) for other in others}
    with pytest.raises(ParameterError, match="2 shares name 1 outputs"):
        shares.platform_digest([("a", one), ("a", two)], PRODUCTS)
