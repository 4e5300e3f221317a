"""The fast way through numeric cells means what the exact one means, or leaves a cell to it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from market.plan.cells import number_of, scaling
from market.tables.short_decimals import scaled_decimals

BOUNDS = st.tuples(
    st.decimals(-10_000, 10_000, places=2), st.decimals(min_value=1, max_value=10_000, places=2)
)
PLAIN = st.from_regex(r"[+-]?(\d{1,15}|\d{1,8}\.\d{0,7}|\.\d{1,9})", fullmatch=True)
ANY = st.text("0123456789.+-eE_ ,\u0661\u00bd\0infa", max_size=20)
TIES = [
    "0",
    "-0",
    "+.5",
    "5.",
    ".",
    "",
    "+",
    "-.",
    "1.2.3",
    "1e3",
    "٣",
    "1 2",
    "1\0",
    "00001",
    "1-",
]


def exact(text: str, middle: Fraction, half: Fraction) -> float | None:
    number = number_of(text)
    return None if number is None else scaling(middle, half)(number)


@given(st.lists(st.one_of(PLAIN, ANY, st.none()), max_size=30), BOUNDS)
@example(list(TIES), (0, 1))
@example(["0.1", "0.7", "0.3", "999999999999999", "-999999999999999"], (1, 3))
def test_what_it_reads_it_reads_exactly(texts: list[str | None], bounds: tuple[int, int]) -> None:
    middle, half = (Fraction(bound) for bound in bounds)
    values, is_known = scaled_decimals(texts, middle, half)
    for text, value, known in zip(texts, values.tolist(), is_known.tolist(), strict=True):
        if known:
            assert text is not None
            assert exact(text, middle, half) == value
        else:
            assert value == 0


def test_it_reads_what_cells_usually_hold() -> None:
    texts = ["0", "17", "-3.25", "+4", "1234567.89", "5.", ".5", "0007"]
    assert scaled_decimals(texts, Fraction(50), Fraction(50))[1].all()
    assert scaled_decimals(texts, Fraction(1, 3), Fraction(7, 3))[1].all()


@pytest.mark.parametrize("text", ["1e3", "1234567890.1234567", "nan", "1_0", "", "1\0", "٣", "--1"])
def test_it_leaves_alone_what_it_does_not_read(text: str) -> None:
    values, is_known = scaled_decimals([text, None, "1"], Fraction(0), Fraction(1))
    assert (values.tolist(), is_known.tolist()) == ([0, 0, 1], [False, False, True])


def test_bounds_of_many_digits_are_left_to_the_exact_way() -> None:
    odd = Fraction(1, 10**9 + 7)
    assert not scaled_decimals(["1"], odd, Fraction(1))[1].any()
    assert np.all(scaled_decimals(["1"], Fraction(0), odd)[0] == 0)
