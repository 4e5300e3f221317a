"""Sums shared without a ciphertext: exact, uniform, never under one pad twice."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import ParameterError
from crypto.fresh import FreshBytes
from crypto.parameters import PRODUCTS, SEED_BYTES, SUMS, Parameters
from crypto.shares import combine, sum_residues
from crypto.sum_shares import share_sums, uniform_residues

SETS = pytest.mark.parametrize("parameters", [SUMS, PRODUCTS], ids=lambda one: one.name)


def indicators(ones: int, blocks: int = 1) -> np.ndarray:
    values = np.zeros(blocks * SUMS.values_per_ciphertext)
    values[:ones] = 1.0
    return values


@SETS
@given(ones=st.integers(0, 2 * SUMS.values_per_ciphertext))
def test_shares_open_to_the_exact_sum(parameters: Parameters, ones: int) -> None:
    shared = share_sums(indicators(ones, 2), parameters, fresh=FreshBytes(os.urandom))
    b = sum_residues(shared.platform_constants, parameters)
    a = sum_residues(shared.key_holder_constants, parameters)
    assert combine(b, a, parameters) == ones * parameters.unit(1)


@SETS
def test_each_block_opens_alone(parameters: Parameters) -> None:
    size = parameters.values_per_ciphertext
    values = np.random.default_rng(1).uniform(-1, 1, 2 * size)
    shared = share_sums(values, parameters, fresh=FreshBytes(os.urandom))
    for place, (b, a) in enumerate(
        zip(shared.platform_constants, shared.key_holder_constants, strict=True)
    ):
        scaled = np.rint(values[place * size : (place + 1) * size] * parameters.unit(1))
        assert combine(b, a, parameters) == sum(int(one) for one in scaled)


@SETS
def test_platforms_share_is_one_to_one_with_the_pad(parameters: Parameters) -> None:
    """Whatever is published, every sum explains it by exactly one pad: nothing is learnt."""
    (published,) = share_sums(
        indicators(3), parameters, fresh=FreshBytes(os.urandom)
    ).platform_constants
    for total in (0, 3, parameters.values_per_ciphertext):
        pad = tuple(
            (total * parameters.unit(1) - b) % q
            for b, q in zip(published, parameters.primes, strict=True)
        )
        drawn = b"".join(a.to_bytes(4, "little") for a in pad).ljust(SEED_BYTES, b"\0")
        again = share_sums(
            indicators(total), parameters, fresh=FreshBytes(lambda _size, d=drawn: d)
        )
        assert again.platform_constants == (published,)


@SETS
def test_words_beyond_a_prime_are_drawn_anew(parameters: Parameters) -> None:
    """Reducing them instead would make small residues likelier."""
    beyond = parameters.primes[0].to_bytes(4, "little") + bytes(SEED_BYTES - 4)
    taken = (parameters.primes[0] - 1).to_bytes(4, "little") + bytes(SEED_BYTES - 4)
    source = iter([beyond, taken])
    pad = uniform_residues(parameters, FreshBytes(lambda _size: next(source)))
    assert pad == (parameters.primes[0] - 1,) + (0,) * (len(parameters.primes) - 1)


def test_pads_are_uniform() -> None:
    fresh = FreshBytes(os.urandom)
    pads = np.array([uniform_residues(SUMS, fresh) for _ in range(4_000)])
    counts = [np.histogram(pads[:, k], 16, (0, q))[0] for k, q in enumerate(SUMS.primes)]
    # Chi squared with 15 degrees of freedom passes 70 with probability below 10^-8.
    assert all(((count - 250) ** 2 / 250).sum() < 70 for count in counts)


def test_pad_that_was_drawn_before_is_refused() -> None:
    with pytest.raises(ParameterError, match="twice"):
        share_sums(indicators(5, 2), SUMS, fresh=FreshBytes(bytes))


def test_pad_of_another_length_is_refused() -> None:
    with pytest.raises(ParameterError, match="16 bytes, expected 32"):
        share_sums(indicators(5), SUMS, fresh=FreshBytes(lambda _size: bytes(16)))


@pytest.mark.parametrize("value", [1.5, float("nan"), float("inf")])
def test_value_out_of_range_is_refused(value: float) -> None:
    values = indicators(0)
    values[7] = value
    with pytest.raises(ParameterError, match="outside"):
        share_sums(values, SUMS, fresh=FreshBytes(os.urandom))


def test_part_of_a_block_is_refused() -> None:
    with pytest.raises(ParameterError, match="multiple of 8192"):
        share_sums(indicators(1)[:-1], SUMS, fresh=FreshBytes(os.urandom))


def test_repr_shows_no_key_material() -> None:
    assert (
        repr(share_sums(indicators(1), SUMS, fresh=FreshBytes(os.urandom))) == "SumShares(1 blocks)"
    )
