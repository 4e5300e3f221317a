"""Named parameter sets of the CKKS engine.

Rules: N a power of two; distinct 30-bit primes q ≡ 1 mod 2N, so the negacyclic NTT exists and
a limb fits uint32 with two bits of headroom; log2(QP) within the 128-bit classical table of the
Homomorphic Encryption Standard (2018, Table 1). Ciphertexts live on the data primes only; the
special prime is SEAL's key modulus and appears in the secret key's own check alone.

One packing belongs to a set. Both sets here pack coefficients (crypto.packing): a ciphertext holds
N values, and their sum and the sum of their products are single coefficients. Scoring rows would
need slots, and with them a set of its own.

    SUMS.unit(1)       # lattice units of an opened coefficient per unit of a column's sum: 2^50
    PRODUCTS.unit(2)   # and per unit of a sum of products: 2^110
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from crypto import canonical
from crypto.errors import ParameterError

LIMB_BITS = 30
"""Bits of every prime: a limb is a uint32, a product of two limbs is below 2^60."""
SEED_BYTES = 32
"""Bytes of one ciphertext's seed."""

_SECURE_MODULUS_BITS = {4096: 109, 8192: 218, 16384: 438, 32768: 881}
# Deterministic Miller-Rabin below 3.3e24 (Sorenson and Webster 2015).
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


@dataclass(frozen=True, slots=True)
class Parameters:
    """A checked parameter set. `primes` carry the ciphertexts, in SEAL's order.

    Raises:
        ParameterError: a prime without an NTT or of another size, a prime twice, a modulus
            above the 128-bit table, another degree than 1 or 2, or a scale that leaves no room for
            a sum of this degree.

    Attributes:
        degree: how many columns one sum multiplies at most.
    """

    name: str
    ring_degree: int
    primes: tuple[int, ...]
    special_prime: int
    scale_log2: int
    degree: int
    packing: Literal["coefficients"] = "coefficients"

    def __post_init__(self) -> None:
        if self.ring_degree not in _SECURE_MODULUS_BITS:
            expected = sorted(_SECURE_MODULUS_BITS)
            raise ParameterError(f"ring degree is {self.ring_degree}, expected one of {expected}")
        key_primes = self.key_primes
        if len(set(key_primes)) != len(key_primes) or len(self.primes) < 1:
            raise ParameterError(f"primes are {key_primes}, expected distinct ones")
        for prime in key_primes:
            _check_prime(prime, self.ring_degree)
        allowed = _SECURE_MODULUS_BITS[self.ring_degree]
        seen = math.prod(key_primes).bit_length()
        if seen > allowed:
            raise ParameterError(f"key modulus has {seen} bits, expected at most {allowed}")
        if self.degree not in (1, 2):
            raise ParameterError(f"degree is {self.degree}, expected 1 or 2")
        # A sum of 2^30 values of size one needs degree*scale + 30 bits and a sign.
        needed = self.degree * self.scale_log2 + 31
        if self.scale_log2 < 1 or needed > self.modulus.bit_length():
            raise ParameterError(
                f"scale 2^{self.scale_log2} needs {needed} modulus bits, "
                f"the primes give {self.modulus.bit_length()}"
            )

    @property
    def key_primes(self) -> tuple[int, ...]:
        """The data primes, then the special prime: what SEAL's context is made of."""
        return (*self.primes, self.special_prime)

    @property
    def values_per_ciphertext(self) -> int:
        """Real values in a ciphertext: one in each of its N coefficients."""
        return self.ring_degree

    @property
    def modulus(self) -> int:
        """Product of the data primes."""
        return math.prod(self.primes)

    def unit(self, degree: int) -> int:
        """Lattice units per unit of encoded value in the opened coefficient: scale^degree.

        Raises:
            ParameterError: a degree that these parameters do not open.
        """
        if not 1 <= degree <= self.degree:
            raise ParameterError(f"degree is {degree}, {self.name} opens 1 to {self.degree}")
        return 1 << (self.scale_log2 * degree)

    def digest(self) -> str:
        """SHA-256, in hex, of everything that gives a limb its meaning; the name has no part."""
        return canonical.digest(
            "crypto/parameters/2",
            {
                "degree": self.degree,
                "packing": self.packing,
                "primes": list(self.primes),
                "ring_degree": self.ring_degree,
                "scale_log2": self.scale_log2,
                "special_prime": self.special_prime,
            },
        )


def by_name(name: str) -> Parameters:
    """The named parameter set.

    Raises:
        ParameterError: no set has this name.
    """
    if name not in _SETS:
        raise ParameterError(f"parameter set is {name!r:.40}, expected one of {sorted(_SETS)}")
    return _SETS[name]


def _check_prime(prime: int, ring_degree: int) -> None:
    if prime.bit_length() != LIMB_BITS:
        raise ParameterError(f"prime {prime} has {prime.bit_length()} bits, expected {LIMB_BITS}")
    if prime % (2 * ring_degree) != 1:
        raise ParameterError(f"prime {prime} is not 1 modulo {2 * ring_degree}")
    if not _is_prime(prime):
        raise ParameterError(f"{prime} is composite, expected a prime")


def _is_prime(candidate: int) -> bool:
    odd, twos = candidate - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for witness in _WITNESSES:
        power = pow(witness, odd, candidate)
        if power in (1, candidate - 1):
            continue
        if all((power := power * power % candidate) != candidate - 1 for _ in range(twos - 1)):
            return False
    return True


# SEAL's CoeffModulus.Create(8192, [30] * n), the last of which is the special prime: it takes the
# largest n primes and gives them in ascending order.
_PRIMES = (1073233921, 1073299457, 1073430529, 1073479681, 1073643521, 1073692673)

SUMS = Parameters(
    name="SUMS",
    ring_degree=8192,
    primes=_PRIMES[2:5],
    special_prime=_PRIMES[5],
    scale_log2=50,
    degree=1,
)
"""Sums alone: a 90-bit modulus, 12 bytes a value."""

PRODUCTS = Parameters(
    name="PRODUCTS",
    ring_degree=8192,
    primes=_PRIMES[:5],
    special_prime=_PRIMES[5],
    scale_log2=55,
    degree=2,
)
"""Sums, and sums of products of two columns: a 150-bit modulus, 20 bytes a value."""

_SETS = {chosen.name: chosen for chosen in (SUMS, PRODUCTS)}
