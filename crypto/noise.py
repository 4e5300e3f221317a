"""Noise that is derived, not drawn, and refined: exact samplers over a keyed bit stream.

Rules: one sum has one stream of noise, and at each rung of its ladder (crypto.ladder) one noise.
The stream's key is HMAC-SHA256 of the noise key over all that says which sum is opened (manifest,
output, law, reach and error bound, version of this module). A replay, a crash, a second agent or
another plan that opens the same sum at the same rung adds the same integer: nothing is learnt from
asking again. An output's name must therefore mean one sum of its manifest (market.plan.factors sees
to that).

The noise of a rung is that of the rung above with more noise added, drawn next from the stream: it
starts at the highest rung and goes down,

    Z_highest = N(sigma_highest^2),    Z_r = Z_(r+1) + N(sigma_r^2 - sigma_(r+1)^2)     (gaussian)
    Z_highest = Lap(b_highest),        Z_r = Z_(r+1) + (0 or Lap(b_r))                  (laplace)

So a wider value follows from a finer one of the same sum: whoever has several knows no more than
the finest, and together they cost what the finest costs (gradual release: Koufogiannis, Han and
Pappas 2016, arXiv:1504.00429). What was asked before has no part in it.

Laplace noise has its law exactly (crypto.laplace_mixture). A sum of discrete Gaussians is not quite
one: its probabilities are within a factor of 1 +- tau of it, tau <= 5 * 368 * exp(-pi^2 v) for the
least variance v that is added (convolution of two: Kairouz, Liu and Steinke, ICML 2021,
arXiv:2102.06387, corollary 12). Scales flood an error bound by 2^24 and rungs lie 9 % apart: v is
above 2^44, and tau below 2^-(2^44).

Samplers use integers only: no floats (Mironov, CCS 2012), no modular bias, noise in every bit down
to the lattice unit. Their running time depends on the noise, so replies leave in fixed time slots.

Samplers are those of Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential
Privacy" (NeurIPS 2020), algorithms 1 to 3.

    >>> key, ladder = Secret(bytes(32)), Ladder("gaussian", reach=2**50, bound=53)
    >>> opened = {"manifest_hash": "5e" * 32, "output": "age", "ladder": ladder}
    >>> first = derive_noise(key, rung=-20, **opened)
    >>> first == derive_noise(key, rung=-20, **opened)
    True
    >>> first == derive_noise(key, rung=-21, **opened)
    False
"""

from __future__ import annotations

import hashlib
import hmac
from itertools import pairwise
from math import isqrt
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from crypto import canonical
from crypto.errors import ParameterError
from crypto.ladder import Ladder
from crypto.laplace_mixture import weight_bounds
from crypto.secret import Secret

VERSION = 3
"""Part of every derivation: raise it with any change of what a context yields."""
NOISE_KEY_BYTES = 32
_CONTEXT_TAG = "noise/v3"
_COIN_BITS = 64
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
    noise_key: Secret, *, manifest_hash: str, output: str, ladder: Ladder, rung: int
) -> int:
    """The one noise integer of an output at a rung, in lattice units.

    Args:
        output: the name of a sum, one of its manifest's.

    Raises:
        ParameterError: no such rung on the ladder, or a noise key of another length.
    """
    _check_key(noise_key)
    # A context that differs in any member gets an unrelated stream; the rung is no member, since
    # noises of one sum are to tell no more than the finest of them.
    context = {
        "ladder": ladder.id,
        "manifest_hash": manifest_hash,
        "output": output,
        "tag": _CONTEXT_TAG,
        "version": VERSION,
    }
    return noise_at(ladder, rung, DerivedBits(_stream_key(noise_key, canonical.dumps(context))))


def noise_at(ladder: Ladder, rung: int, bits: BitSource) -> int:
    """The noise of a rung, from the stream's beginning (raises ParameterError: no such rung)."""
    scales_squared = ladder.scales_squared_down_to(rung)
    start, widen = _LAWS[ladder.law]
    noise = start(scales_squared[0], bits)
    for narrow, wide in pairwise(scales_squared):
        noise += widen(narrow, wide, bits)
    return noise


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


def widen_gaussian(narrow_squared: int, wide_squared: int, bits: BitSource) -> int:
    """What makes noise of one variance noise of a larger one."""
    return (
        sample_gaussian(wide_squared - narrow_squared, bits) if wide_squared > narrow_squared else 0
    )


def widen_laplace(narrow_squared: int, wide_squared: int, bits: BitSource) -> int:
    """What makes Laplace noise of one scale that of a larger one (crypto.laplace_mixture)."""
    narrow, wide = isqrt(narrow_squared), isqrt(wide_squared)
    return 0 if _is_wide_enough(narrow, wide, bits) else sample_laplace(wide, bits)


def _is_wide_enough(narrow: int, wide: int, bits: BitSource) -> bool:
    """True with the probability crypto.laplace_mixture gives, exactly."""
    drawn, count = 0, 0
    while True:
        # As many bits again while they do not tell: once in 2^64, for the first time.
        drawn, count = drawn << _COIN_BITS | bits.bits(_COIN_BITS), count + _COIN_BITS
        low, high = weight_bounds(narrow, wide, count)
        if drawn < low:
            return True
        if drawn >= high:
            return False


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


_LAWS = {
    "gaussian": (sample_gaussian, widen_gaussian),
    "laplace": (lambda squared, bits: sample_laplace(isqrt(squared), bits), widen_laplace),
}


def _stream_key(noise_key: Secret, context: bytes) -> Secret:
    # HMAC is a pseudorandom function of the context under a random key: 32 bytes, one AES-256 key.
    return Secret(hmac.new(noise_key.reveal(), context, hashlib.sha256).digest())


def _check_key(key: Secret) -> None:
    if len(key) != NOISE_KEY_BYTES:
        raise ParameterError(f"noise key has {len(key)} bytes, expected {NOISE_KEY_BYTES}")
