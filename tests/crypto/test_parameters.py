from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import pytest
from tenseal import sealapi

from crypto.errors import ParameterError
from crypto.parameters import PRODUCTS, SUMS, Parameters, by_name


@pytest.mark.parametrize("chosen", [SUMS, PRODUCTS])
def test_primes_are_those_seal_creates(chosen: Parameters) -> None:
    created = sealapi.CoeffModulus.Create(chosen.ring_degree, [30] * len(chosen.key_primes))
    assert chosen.key_primes == tuple(modulus.value() for modulus in created)


@pytest.mark.parametrize("chosen", [SUMS, PRODUCTS])
def test_key_modulus_is_within_the_128_bit_table_of_seal(chosen: Parameters) -> None:
    allowed = sealapi.CoeffModulus.MaxBitCount(chosen.ring_degree, sealapi.SEC_LEVEL_TYPE.TC128)
    assert math.prod(chosen.key_primes).bit_length() <= allowed


def test_units_are_powers_of_the_scale_up_to_the_degree() -> None:
    assert (PRODUCTS.values_per_ciphertext, PRODUCTS.unit(1), PRODUCTS.unit(2)) == (
        8192,
        2**55,
        2**110,
    )
    assert (SUMS.values_per_ciphertext, SUMS.unit(1)) == (8192, 2**50)
    for chosen, degree in ((PRODUCTS, 3), (PRODUCTS, 0), (SUMS, 2)):
        with pytest.raises(ParameterError, match=f"degree is {degree}"):
            chosen.unit(degree)


def test_modulus_is_the_product_of_the_data_primes() -> None:
    assert PRODUCTS.modulus == math.prod(PRODUCTS.primes)
    assert PRODUCTS.special_prime not in PRODUCTS.primes


def test_digest_changes_with_every_value_but_the_name() -> None:
    others = [
        replace(PRODUCTS, scale_log2=54),
        replace(PRODUCTS, degree=1),
        replace(PRODUCTS, primes=PRODUCTS.primes[::-1]),
        replace(
            PRODUCTS,
            primes=(*PRODUCTS.primes[:4], PRODUCTS.special_prime),
            special_prime=PRODUCTS.primes[4],
        ),
    ]
    assert len({PRODUCTS.digest(), *(other.digest() for other in others)}) == 5
    assert replace(PRODUCTS, name="other").digest() == PRODUCTS.digest()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ring_degree": 2048}, "ring degree"),
        ({"ring_degree": 8191}, "ring degree"),
        ({"ring_degree": 4096}, "key modulus has 180 bits"),
        ({"primes": (*PRODUCTS.primes[:4], PRODUCTS.primes[0])}, "distinct"),
        ({"primes": ()}, "distinct"),
        ({"primes": (*PRODUCTS.primes[:4], 1073741789)}, "modulo"),
        ({"primes": (*PRODUCTS.primes[:4], 786433)}, "20 bits"),
        # 538984449 = 3 * 179661483 has 30 bits and is 1 modulo 2N.
        ({"primes": (*PRODUCTS.primes[:4], 16384 * 32897 + 1)}, "composite"),
        ({"scale_log2": 60}, "modulus bits"),
        ({"scale_log2": 0}, "modulus bits"),
        ({"degree": 0}, "degree is 0"),
        ({"degree": 3}, "degree is 3"),
    ],
)
def test_unsound_parameters_are_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        replace(PRODUCTS, **changes)


def test_sets_are_found_by_name_alone() -> None:
    assert by_name("PRODUCTS") is PRODUCTS
    assert by_name("SUMS") is SUMS
    with pytest.raises(ParameterError, match="expected one of"):
        by_name("sums")


def test_parameters_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        PRODUCTS.scale_log2 = 40  # type: ignore[misc]
