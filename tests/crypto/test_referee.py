"""SEAL's own Decryptor opens everything we encrypt, to the very words."""

from __future__ import annotations

import os

import numpy as np
import pytest

from crypto import ntt
from crypto.encrypt import EncryptedLimbs, encoded, encrypt_column
from crypto.error_bound import SAMPLED_ERROR
from crypto.errors import ParameterError
from crypto.fresh import FreshBytes
from crypto.parameters import PRODUCTS, SUMS, Parameters
from crypto.referee import check_opens, opened
from crypto.secret_key import CkksSecretKey
from crypto.seeds import expand_c1

N = PRODUCTS.ring_degree
SETS = pytest.mark.parametrize("chosen", [SUMS, PRODUCTS], ids=lambda chosen: chosen.name)
COLUMNS = {
    "zeros": np.zeros(N),
    "ones": np.ones(N),
    "negative": -np.ones(N),
    "alternating": np.where(np.arange(N) % 2 == 0, 1.0, -1.0),
    "random": np.random.default_rng(2).uniform(-1, 1, N),
    "tiny": np.random.default_rng(3).uniform(-1, 1, N) * 2.0**-50,
    "subnormal": np.full(N, 5e-324),
    "halves of a unit": (np.arange(N) + 0.5) * 2.0**-50,
}


@SETS
@pytest.mark.parametrize("name", COLUMNS)
def test_seal_opens_every_coefficient_to_the_value_and_an_error_drawn(
    name: str, chosen: Parameters
) -> None:
    key = CkksSecretKey.generate(chosen)
    part = encrypt_column(COLUMNS[name], key, fresh=FreshBytes(os.urandom), first_ciphertext=9)
    check_opens(COLUMNS[name], part, key, first_ciphertext=9, chosen=[0])
    c1 = expand_c1(part.seeds, 9, chosen)
    found = opened(key, part.c0[0], c1)
    error = found - encoded(COLUMNS[name], chosen)[0]
    assert np.abs(error).max() <= SAMPLED_ERROR
    # Centred binomial: variance 10.5; an error left out or doubled is far from it.
    assert 10.5 * 0.9 < error.astype(np.float64).var() < 10.5 * 1.1
    with key.referee() as referee:
        assert (referee.phase(part.c0[0], c1) == ntt.words_of(found, chosen)).all()


@SETS
def test_whole_column_opens(chosen: Parameters) -> None:
    key = CkksSecretKey.generate(chosen)
    values = np.random.default_rng(4).uniform(-1, 1, 5 * N)
    part = encrypt_column(values, key, fresh=FreshBytes(os.urandom))
    check_opens(values, part, key, first_ciphertext=0, chosen=range(5))


@pytest.mark.parametrize("fault", ["limb", "seed", "value", "index", "key"])
def test_a_ciphertext_that_opens_to_other_values_is_refused(fault: str, key: CkksSecretKey) -> None:
    values = np.random.default_rng(5).uniform(-1, 1, 2 * N)
    part = encrypt_column(values, key, fresh=FreshBytes(os.urandom))
    seeds, c0, first, used = bytearray(part.seeds), part.c0.copy(), 0, key
    match fault:
        case "limb":
            c0[1, 3, 77] ^= 1
        case "seed":
            seeds[40] ^= 1
        case "value":
            values[N] = -values[N]
        case "index":
            first = 1
        case "key":
            used = CkksSecretKey.generate(PRODUCTS)
    altered = EncryptedLimbs(bytes(seeds), c0, part.platform_constants, part.key_holder_constants)
    with pytest.raises(ParameterError, match="SEAL opens"):
        check_opens(values, altered, used, first_ciphertext=first, chosen=[1])
