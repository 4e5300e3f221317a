"""Machine code, NumPy and Python's integers give the same elements, on random and extreme ones."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import FormatError, ParameterError
from crypto.mpc import field
from crypto.shamir import PRIME, centred

KERNELS = [field.load("numba"), field.load("numpy")]
EDGES = [0, 1, 2, 2**30, 2**31 - 1, 2**31, 2**32, 2**60, PRIME - 2, PRIME - 1]
ELEMENTS = st.one_of(st.sampled_from(EDGES), st.integers(0, PRIME - 1))
PAIRS = st.lists(st.tuples(ELEMENTS, ELEMENTS), min_size=1, max_size=40)


def vector(values: list[int]) -> field.Elements:
    return np.array(values, np.uint64)


@given(PAIRS)
def test_kernels_equal_the_integers(pairs: list[tuple[int, int]]) -> None:
    left, right = zip(*pairs, strict=True)
    a, b = vector(list(left)), vector(list(right))
    for kernels in KERNELS:
        assert kernels.add(a, b).tolist() == [(x + y) % PRIME for x, y in pairs]
        assert kernels.subtract(a, b).tolist() == [(x - y) % PRIME for x, y in pairs]
        assert kernels.multiply(a, b).tolist() == [x * y % PRIME for x, y in pairs]
        assert int(kernels.dot(a, b)) == sum(x * y for x, y in pairs) % PRIME
        assert int(kernels.total(a)) == sum(left) % PRIME
        assert kernels.all_reduced(a)


@given(st.lists(st.lists(ELEMENTS, min_size=3, max_size=3), min_size=1, max_size=6), st.data())
def test_weighted_sums_equal_the_integers(rows: list[list[int]], data: st.DataObject) -> None:
    weights = data.draw(st.lists(ELEMENTS, min_size=len(rows), max_size=len(rows)))
    wanted = [
        sum(weight * row[k] for weight, row in zip(weights, rows, strict=True)) % PRIME
        for k in range(3)
    ]
    for kernels in KERNELS:
        found = kernels.weighted(np.array(rows, np.uint64), vector(weights))
        assert found.tolist() == wanted


def test_extremes_meet_each_other() -> None:
    a, b = (
        vector(list(side)) for side in zip(*[(x, y) for x in EDGES for y in EDGES], strict=True)
    )
    for kernels in KERNELS:
        assert kernels.multiply(a, b).tolist() == [x * y % PRIME for x in EDGES for y in EDGES]


def test_long_sums_of_the_largest_elements_do_not_overflow() -> None:
    count = 100_003
    largest = np.full(count, PRIME - 1, np.uint64)
    for kernels in KERNELS:
        assert int(kernels.dot(largest, largest)) == count % PRIME
        assert int(kernels.total(largest)) == -count % PRIME


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=30), st.integers(1, 30))
def test_words_are_taken_in_order_without_the_prime(words: list[int], room: int) -> None:
    words = [*words, PRIME, PRIME + (5 << 61)]
    kept = [word % 2**61 for word in words if word % 2**61 != PRIME][:room]
    for kernels in KERNELS:
        out = np.zeros(room, np.uint64)
        assert kernels.accept(np.array(words, np.uint64), out) == len(kept)
        assert out.tolist()[: len(kept)] == kept


@given(st.lists(st.integers(-field.LARGEST, field.LARGEST), max_size=20))
def test_signed_integers_come_back(values: list[int]) -> None:
    elements = field.from_signed(np.array(values, np.int64))
    assert [centred(int(element)) for element in elements] == values


@pytest.mark.parametrize("value", [field.LARGEST + 1, -field.LARGEST - 1, -(2**63), 2**63 - 1])
def test_integers_the_field_does_not_hold_are_refused(value: int) -> None:
    with pytest.raises(ParameterError, match="half the prime"):
        field.from_signed(np.array([value], np.int64))


@given(st.lists(ELEMENTS, max_size=20))
def test_elements_travel_as_their_bytes(values: list[int]) -> None:
    data = field.to_bytes(vector(values))
    assert len(data) == 8 * len(values)
    assert field.from_bytes(data).tolist() == values
    # Out of the middle of a message, where no word is aligned.
    assert field.from_bytes((b"x" + data)[1:]).tolist() == values


@pytest.mark.parametrize("data", [b"1234567", PRIME.to_bytes(8, "little"), b"\xff" * 8])
def test_bytes_that_are_no_elements_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        field.from_bytes(data)


def test_vectors_that_do_not_match_are_refused() -> None:
    three, four = field.zeros(3), field.zeros(4)
    for operation in (field.add, field.subtract, field.multiply, field.dot):
        with pytest.raises(ParameterError, match="3 and 4"):
            operation(three, four)
        with pytest.raises(ParameterError, match="expected contiguous uint64"):
            operation(three, np.zeros(3, np.int64))  # type: ignore[arg-type]
        with pytest.raises(ParameterError, match="expected contiguous uint64"):
            operation(np.zeros(6, np.uint64)[::2], three)
    with pytest.raises(ParameterError, match="rows"):
        field.weighted(np.zeros((2, 3), np.uint64), [1])


def test_multiples_by_any_integer() -> None:
    assert field.scale(vector([5, 7]), -3).tolist() == [PRIME - 15, PRIME - 21]
    assert field.scale(vector([1]), PRIME + 2).tolist() == [2]


@pytest.mark.processes
def test_kernels_load_before_a_program_starts() -> None:
    """A worker forbids unpickling, which numba's cache is read by, before it hears of a peer."""
    script = (
        "from crypto.mpc import field\n"
        "import pickle, numpy as np, sys\n"
        "def refuse(*_, **__): raise SystemExit('unpickled')\n"
        "pickle.loads = pickle.load = pickle.Unpickler = refuse\n"
        "sys.modules['_pickle'].loads = refuse\n"
        "one = np.ones(4, np.uint64)\n"
        "one.flags.writeable = False\n"
        "assert field.dot(one, one) == 4\n"
        "field.add(one, one), field.subtract(one, one), field.multiply(one, one)\n"
        "field.total(one), field.scale(one, 3), field.from_bytes(bytes(8))\n"
        "assert field.KERNELS.accept(one, np.zeros(4, np.uint64)) == 4\n"
        "print(field.KERNELS.__name__)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "crypto.mpc.field_numba\n"), ran.stderr
