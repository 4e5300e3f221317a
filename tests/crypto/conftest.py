"""One CKKS key for all tests of the engine: making it costs more than using it."""

from __future__ import annotations

import pytest

from crypto.parameters import PRODUCTS
from crypto.secret_key import CkksSecretKey


@pytest.fixture(scope="session")
def key() -> CkksSecretKey:
    return CkksSecretKey.generate(PRODUCTS)
