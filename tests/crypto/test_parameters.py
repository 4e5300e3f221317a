from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import pytest
from tenseal import sealapi

from crypto.errors import ParameterError
from crypto.parameters import AGG, by_name


def test_primes_are_those_seal_creates() -> None:
    created = sealapi.CoeffModulus.Create(AGG.ring_degree, [30] * 6)
    assert AGG.key_primes == tuple(modulus.value() for modulus in created)


def test_key_modulus_is_within_the_128_bit_table_of_seal() -> None:
    allowed = sealapi.CoeffModulus.MaxBitCount(AGG.ring_degree, sealapi.SEC_LEVEL_TYPE.TC128)
    assert math.prod(AGG.key_primes).bit_length() <= allowed


def test_units_are_those_of_the_mean_of_the_slots() -> None:
    assert (AGG.slots, AGG.unit(1), AGG.unit(2)) == (4096, 2**43, 2**98)
    with pytest.raises(ParameterError, match="degree is 3"):
        AGG.unit(3)


def test_modulus_is_the_product_of_the_data_primes() -> None:
    assert AGG.modulus == math.prod(AGG.primes)
    assert AGG.special_prime not in AGG.primes


def test_digest_changes_with_every_value_but_the_name() -> None:
    others = [
        replace(AGG, scale_log2=54),
        replace(AGG, primes=AGG.primes[::-1]),
        replace(AGG, primes=(*AGG.primes[:4], AGG.special_prime), special_prime=AGG.primes[4]),
    ]
    assert len({AGG.digest(), *(other.digest() for other in others)}) == 4
    assert replace(AGG, name="other").digest() == AGG.digest()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ring_degree": 2048}, "ring degree"),
        ({"ring_degree": 8191}, "ring degree"),
        ({"ring_degree": 4096}, "key modulus has 180 bits"),
        ({"primes": (*AGG.primes[:4], AGG.primes[0])}, "distinct"),
        ({"primes": ()}, "distinct"),
        ({"primes": (*AGG.primes[:4], 1073741789)}, "modulo"),
        ({"primes": (*AGG.primes[:4], 786433)}, "20 bits"),
        # 538984449 = 3 * 179661483 has 30 bits and is 1 modulo 2N.
        ({"primes": (*AGG.primes[:4], 16384 * 32897 + 1)}, "composite"),
        ({"scale_log2": 60}, "modulus bits"),
        ({"scale_log2": 0}, "modulus bits"),
    ],
)
def test_unsound_parameters_are_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        replace(AGG, **changes)


def test_sets_are_found_by_name_alone() -> None:
    assert by_name("AGG") is AGG
    with pytest.raises(ParameterError, match="expected one of"):
        by_name("agg")


def test_parameters_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        AGG.scale_log2 = 40  # type: ignore[misc]
