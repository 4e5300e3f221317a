"""Noise that is derived, not drawn: exact samplers over a keyed bit stream.

Rules: one sum at one scale has one noise. The stream's key is HMAC-SHA256 of the noise key over all
that says which sum is opened and how (manifest, output, law, exact scale, error bound, version of
this module). A replay, a crash, a second agent or another plan that opens the same sum the same way
adds the same integer: nothing is learnt from asking again. Anything else, be it the same sum at
another scale, gets an unrelated one, so what is charged for both composes. An output's name must
therefore mean one sum of its manifest (market.plan.factors sees to that).

Samplers use integers only: no floats (Mironov, CCS 2012), no modular bias, noise in every bit down
to the lattice unit. Their running time depends on the noise, so replies leave in fixed time slots.

Samplers are those of Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential
Privacy" (NeurIPS 2020), algorithms 1 to 3.

    >>> key = Secret(bytes(32))
    >>> opened = {"manifest_hash": "5e" * 32, "output": "age", "law": "gaussian", "bound": 53}
    >>> first = derive_noise(key, scale_squared=2**100, **opened)
    >>> first == derive_noise(key, scale_squared=2**100, **opened)
    True
    >>> first == derive_noise(key, scale_squared=2**101, **opened)
    False
"""

from __future__ import annotations

import hashlib
import hmac
from math import isqrt
from typing import Literal, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from crypto import canonical
from crypto.errors import ParameterError
from crypto.flooding import floor_squared
from crypto.secret import Secret

Law = Literal["gaussian", "laplace"]

VERSION = 2
"""Part of every derivation: raise it with any change of what a context yields."""
NOISE_KEY_BYTES = 32
_CONTEXT_TAG = "noise/v2"
_COMMITMENT_TAG = "noise-key-commitment/v1"


class BitSource(Protocol):
    """Where a sampler's randomness comes from."""

    def bits(self, count: int) -> int:
        """A uniform integer in [0, 2^count)."""


class DerivedBits:
    """The AES-256-CTR keystream of a 32-byte key that serves nothing else."""

    def __init__(self, key: Secret) -> None:
        # One key, one stream: the counter may begin at zero.
        self._stream = Cipher(AES256(key.reveal()), CTR(bytes(16))).encryptor()

    def bits(self, count: int) -> int:
        """A uniform integer in [0, 2^count): the stream's next ceil(count/8) bytes, shortened."""
        size = -(-count // 8)
        # Big endian, the surplus low bits dropped. Which bits are dropped is part of VERSION: any
        # other choice is as uniform and gives other noise.
        return int.from_bytes(self._stream.update(bytes(size)), "big") >> (8 * size - count)


def noise_commitment(key: Secret) -> str:
    """SHA-256, in hex, over a tag and the noise key; it binds, and hides as the key is random.

    Raises:
        ParameterError: the key has another length than 32 bytes.
    """
    _check_key(key)
    return canonical.digest_bytes(_COMMITMENT_TAG, key.reveal())


def derive_noise(
    noise_key: Secret,
    *,
    manifest_hash: str,
    output: str,
    law: Law,
    scale_squared: int,
    bound: int,
) -> int:
    """The one noise integer of an output, in lattice units.

    Args:
        output: the name of a sum, one of its manifest's.
        scale_squared: sigma^2 of the discrete Gaussian, or b^2 of the discrete Laplace.
        bound: the output's error bound B in lattice units; it sets the flooding floor.

    Raises:
        ParameterError: a scale below the flooding floor, a Laplace scale that is not a square,
            an unknown law, or a noise key of another length.
    """
    _check_key(noise_key)
    if scale_squared < floor_squared(bound):
        raise ParameterError(
            f"noise scale squared is {scale_squared}, expected at least {floor_squared(bound)}"
        )
    # A context that differs in any member gets an unrelated stream. Integers that may exceed 63
    # bits are decimal strings (crypto.canonical).
    context = {
        "bound": str(bound),
        "law": law,
        "manifest_hash": manifest_hash,
        "output": output,
        "scale_squared": str(scale_squared),
        "tag": _CONTEXT_TAG,
        "version": VERSION,
    }
    bits = DerivedBits(_stream_key(noise_key, canonical.dumps(context)))
    if law == "gaussian":
        return sample_gaussian(scale_squared, bits)
    if law == "laplace":
        scale = isqrt(scale_squared)
        if scale * scale != scale_squared:
            raise ParameterError(f"Laplace scale squared is {scale_squared}, expected a square")
        return sample_laplace(scale, bits)
    raise ParameterError(f"noise law is {law!r}, expected gaussian or laplace")


def sample_gaussian(scale_squared: int, bits: BitSource) -> int:
    """The discrete Gaussian: x with probability proportional to exp(-x^2 / (2 scale_squared)).

    Algorithm 3: a discrete Laplace proposal y of scale t = floor(sigma) + 1, accepted with
    probability exp(-(|y| - sigma^2/t)^2 / (2 sigma^2)). Times the proposal's exp(-|y|/t) that is
    exp(-y^2 / (2 sigma^2)) up to a constant. For a large sigma three proposals of four are
    accepted: sqrt(pi/(2e)).

    Raises:
        ParameterError: scale_squared below 1.
    """
    if scale_squared < 1:
        raise ParameterError(f"Gaussian scale squared is {scale_squared}, expected at least 1")
    # The exponent over a common denominator, (|y| t - sigma^2)^2 / (2 sigma^2 t^2): sigma itself is
    # rarely rational and is never needed.
    proposal_scale = isqrt(scale_squared) + 1
    denominator = 2 * scale_squared * proposal_scale * proposal_scale
    while True:
        proposed = sample_laplace(proposal_scale, bits)
        distance = abs(proposed) * proposal_scale - scale_squared
        if _bernoulli_exp(distance * distance, denominator, bits):
            return proposed


def sample_laplace(scale: int, bits: BitSource) -> int:
    """The discrete Laplace: x with probability proportional to exp(-|x| / scale).

    Algorithm 2 with an integer scale t (its s is 1): |x| = u + t v with u in [0, t) of weight
    exp(-u/t) and v of weight exp(-v), independent, since exp(-|x|/t) = exp(-u/t) exp(-v).

        >>> bits = DerivedBits(Secret(bytes(32)))
        >>> [sample_laplace(1_000, bits) for _ in range(5)]
        [550, 1555, -1723, -2256, -1015]

    Raises:
        ParameterError: scale below 1.
    """
    if scale < 1:
        raise ParameterError(f"Laplace scale is {scale}, expected at least 1")
    while True:
        # u: uniform, then kept with probability exp(-u/t).
        remainder = uniform_below(scale, bits)
        if not _bernoulli_exp(remainder, scale, bits):
            continue
        # v: how often in a row a coin of probability 1/e succeeds.
        multiple = 0
        while _bernoulli_exp(1, 1, bits):
            multiple += 1
        magnitude = remainder + scale * multiple
        negative = bits.bits(1)
        # Zero has one sign, or it would be drawn twice as often.
        if negative and magnitude == 0:
            continue
        return -magnitude if negative else magnitude


def uniform_below(limit: int, bits: BitSource) -> int:
    """A uniform integer in [0, limit), by rejection; each draw is kept with probability above 1/2.

    A wider draw taken modulo the limit would favour small values.

    Raises:
        ParameterError: limit below 1.
    """
    if limit < 1:
        raise ParameterError(f"range of a uniform integer is {limit}, expected at least 1")
    width = (limit - 1).bit_length()
    while True:
        drawn = bits.bits(width)
        if drawn < limit:
            return drawn


def _bernoulli_exp(numerator: int, denominator: int, bits: BitSource) -> bool:
    """True with probability exp(-numerator/denominator), exactly (algorithm 1)."""
    # exp(-(w + r)) = exp(-1)^w exp(-r): w coins of probability 1/e must all succeed, and one of
    # exp(-r). The loop ends early by itself, however large w is.
    whole, rest = divmod(numerator, denominator)
    for _ in range(whole):
        if not _bernoulli_exp_fraction(1, 1, bits):
            return False
    return _bernoulli_exp_fraction(rest, denominator, bits)


def _bernoulli_exp_fraction(numerator: int, denominator: int, bits: BitSource) -> bool:
    """The same for a ratio g in [0, 1]: the first k at which Bernoulli(g/k) fails is odd.

    That k exceeds j with probability g^j / j!, so it is odd with probability
    1 - g + g^2/2! - g^3/3! + ... = exp(-g) (von Neumann 1951).
    """
    trial = 1
    # Bernoulli(numerator / (denominator k)) as one uniform integer below the denominator: exact.
    while uniform_below(denominator * trial, bits) < numerator:
        trial += 1
    return trial % 2 == 1


def _stream_key(noise_key: Secret, context: bytes) -> Secret:
    # HMAC is a pseudorandom function of the context under a random key: 32 bytes, one AES-256 key.
    return Secret(hmac.new(noise_key.reveal(), context, hashlib.sha256).digest())


def _check_key(key: Secret) -> None:
    if len(key) != NOISE_KEY_BYTES:
        raise ParameterError(f"noise key has {len(key)} bytes, expected {NOISE_KEY_BYTES}")
