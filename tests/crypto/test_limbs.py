"""Machine code, NumPy and Python's integers give the same bits, on random and on extreme limbs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import kernels, limbs, ntt, seeds
from crypto.errors import ParameterError
from crypto.parameters import PRODUCTS

Limbs = npt.NDArray[np.uint32]
PRIMES = PRODUCTS.primes
WORDS = np.array(PRIMES, np.uint64)
SMALL = 8
FILLS = ("random", "largest", "zero", "mixed")


def draw(seed: int, n: int, degree: int, fill: str) -> Limbs:
    generator = np.random.default_rng(seed)
    q = np.array(PRIMES, np.uint32)[None, :, None]
    shape = (n, len(PRIMES), degree)
    drawn = generator.integers(0, 1 << 32, shape, np.uint32) % q
    if fill == "random":
        return drawn
    if fill == "largest":
        return np.broadcast_to(q - 1, shape).copy()
    if fill == "zero":
        return np.zeros(shape, np.uint32)
    return np.where(generator.integers(0, 2, shape) == 1, q - 1, 0).astype(np.uint32)


def exact_sum(a: Limbs) -> list[list[int]]:
    """Σ over ciphertexts mod q in Python's integers, [k][N]."""
    total = a.astype(object).sum(axis=0)
    return [[int(word) % q for word in row] for row, q in zip(total, PRIMES, strict=True)]


def exact_inner(a: Limbs, b: Limbs) -> list[list[int]]:
    """Σ over words of a[j]*b[N-1-j] mod q in Python's integers, [n][k]."""
    rows = (a.astype(object) * b[..., ::-1].astype(object)).sum(axis=2)
    return [[int(word) % q for word, q in zip(row, PRIMES, strict=True)] for row in rows]


@pytest.fixture(params=["numba", "numpy"])
def machine(request: pytest.FixtureRequest) -> kernels.Kernels:
    return kernels.load(request.param)


CASES = {
    "seed": st.integers(0, 2**32 - 1),
    "n": st.integers(1, 19),
    "degree": st.sampled_from([1, 2, 7, 8, 64]),
    "fills": st.tuples(*[st.sampled_from(FILLS)] * 2),
}


@settings(max_examples=25)
@given(**CASES)
def test_kernels_equal_the_integers(seed: int, n: int, degree: int, fills: tuple[str, ...]) -> None:
    a, b = (draw(seed + i, n, degree, fill) for i, fill in enumerate(fills))
    for name in ("numba", "numpy"):
        machine = kernels.load(name)
        total, reduced = machine.sum_limbs(a, WORDS)
        assert (total.tolist(), reduced) == (exact_sum(a), True)
        inner, reduced = machine.inner_limbs(a, b, WORDS)
        assert (inner.tolist(), reduced) == (exact_inner(a, b), True)
        inner, reduced = machine.inner_limbs(a, b[:1], WORDS)
        assert (inner.tolist(), reduced) == (exact_inner(a, b[:1]), True)


@pytest.mark.parametrize("n", [1, 3, 4, 7, 8, 9, 23])
def test_kernels_agree_over_whole_blocks_of_coefficients(n: int) -> None:
    a, b = (draw(seed, n, PRODUCTS.ring_degree, "random") for seed in (1, 2))
    first, second = kernels.load("numba"), kernels.load("numpy")
    assert (first.sum_limbs(a, WORDS)[0] == second.sum_limbs(a, WORDS)[0]).all()
    assert (first.inner_limbs(a, b, WORDS)[0] == second.inner_limbs(a, b, WORDS)[0]).all()
    assert (first.inner_limbs(a, b[:1], WORDS)[0] == second.inner_limbs(a, b[:1], WORDS)[0]).all()


def test_many_of_the_largest_limbs_do_not_overflow(machine: kernels.Kernels) -> None:
    n = 10_007
    q = np.array(PRIMES)[:, None]
    assert (machine.sum_limbs(draw(0, n, 1, "largest"), WORDS)[0] == -n % q).all()
    largest = draw(0, 1, n, "largest")
    assert (machine.inner_limbs(largest, largest, WORDS)[0] == n % q[:, 0]).all()


def test_accumulators_hold_the_largest_number_of_terms() -> None:
    largest = (1 << 30) - 1
    word = 1 << 64
    assert limbs.MAX_TERMS * largest < word
    assert 4 * largest < 1 << 32
    assert 4 * largest**2 < word
    # Every term adds less than 2^32 to the low half, and the last step a product of two limbs.
    assert largest**2 + limbs.MAX_TERMS * ((1 << 32) - 1) < word


def test_order_has_no_part_in_a_result() -> None:
    a, b = draw(1, 11, SMALL, "random"), draw(2, 11, SMALL, "random")
    order = np.random.default_rng(3).permutation(11)
    assert (limbs.sum_limbs(a[order], PRIMES) == limbs.sum_limbs(a, PRIMES)).all()
    shuffled = limbs.inner_product(a[order], b[order], PRIMES)
    assert shuffled == limbs.inner_product(a, b, PRIMES)


def test_results_are_reduced_and_may_be_added_again() -> None:
    a = draw(1, 9, SMALL, "largest")
    halves = np.stack((limbs.sum_limbs(a[:4], PRIMES), limbs.sum_limbs(a[4:], PRIMES)))
    assert (limbs.sum_limbs(halves, PRIMES) == limbs.sum_limbs(a, PRIMES)).all()


def test_constant_coefficients_are_the_means_of_the_words() -> None:
    poly = draw(5, 1, PRODUCTS.ring_degree, "random")
    (opened,) = limbs.inner_products(poly, np.ones_like(poly[0]), PRIMES)
    for residue, row, q in zip(opened, poly[0], PRIMES, strict=True):
        assert residue * PRODUCTS.ring_degree % q == int(row.astype(object).sum()) % q


@pytest.mark.parametrize("position", [(0, 0, 0), (8, 2, 3), (10, 4, 7)])
def test_a_limb_that_is_not_reduced_is_refused(position: tuple[int, int, int]) -> None:
    good, bad = draw(1, 11, SMALL, "random"), draw(1, 11, SMALL, "random")
    bad[position] = PRIMES[position[1]]
    for use in (
        lambda: limbs.sum_limbs(bad, PRIMES),
        lambda: limbs.inner_product(bad, good, PRIMES),
        lambda: limbs.inner_product(good, bad, PRIMES),
        lambda: limbs.inner_products(bad, good[0], PRIMES),
        lambda: limbs.inner_products(good, bad[position[0]], PRIMES),
        lambda: limbs.multiply_limbs(good[0], bad[position[0]], PRIMES),
        lambda: limbs.multiply_limbs(bad[position[0]], good[0], PRIMES),
        lambda: limbs.require_reduced(bad, PRIMES),
    ):
        with pytest.raises(ParameterError, match="not below its prime"):
            use()


def test_too_many_terms_are_refused_before_any_is_added() -> None:
    one = draw(1, 1, SMALL, "random")
    many = np.broadcast_to(one, (limbs.MAX_TERMS + 1, *one.shape[1:]))
    with pytest.raises(ParameterError, match="at most 1073741824 terms"):
        limbs.sum_limbs(many, PRIMES)
    with pytest.raises(ParameterError, match="at most 1073741824 terms"):
        limbs.inner_product(many, many, PRIMES)


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((2, 4, 8), np.uint32), np.zeros((5, 8), np.uint32), np.zeros((2, 5, 8), np.int64),
     np.zeros((0, 5, 8), np.uint32), np.zeros((2, 5, 0), np.uint32)],
    ids=str,
)  # fmt: skip
def test_other_shapes_and_types_are_refused(wrong: Limbs) -> None:
    with pytest.raises(ParameterError):
        limbs.sum_limbs(wrong, PRIMES)
    with pytest.raises(ParameterError):
        limbs.inner_product(draw(1, 2, SMALL, "random"), wrong, PRIMES)


def test_primes_above_thirty_bits_are_refused() -> None:
    with pytest.raises(ParameterError, match="2\\^30"):
        limbs.sum_limbs(np.zeros((1, 1, 8), np.uint32), ((1 << 31) - 1,))


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
import numpy as np
from crypto import kernels, limbs, ntt, seeds
from crypto.parameters import PRODUCTS
c = seeds.expand_c1_batch(bytes(range(32)) * 3, 7, PRODUCTS)
out = limbs.sum_limbs(c, PRODUCTS.primes), ntt.words_of(np.arange(8192), PRODUCTS)
named = kernels.chosen().__name__, kernels.transforms().__name__
share = limbs.inner_product(c, c[::-1], PRODUCTS.primes)
sys.stdout.buffer.write(repr((named, share)).encode() + np.stack(out).tobytes())
"""


@pytest.mark.processes
def test_the_engine_gives_the_same_bits_without_numba() -> None:
    root = Path(__file__).parent.parent.parent
    command = [sys.executable, "-c", WITHOUT_NUMBA]
    printed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
    c = seeds.expand_c1_batch(bytes(range(32)) * 3, 7, PRODUCTS)
    expected = np.stack((limbs.sum_limbs(c, PRIMES), ntt.words_of(np.arange(8192), PRODUCTS)))
    share = limbs.inner_product(c, c[::-1], PRIMES)
    head = repr((("crypto.limbs_numpy", "crypto.ntt_numpy"), share)).encode()
    assert printed == head + expected.tobytes()
    assert kernels.chosen() is kernels.load("numba")
