"""The noise one member adds: drawn anew in every run, from bits that serve nothing else.

Rules: the law of each output and how many members draw are public (crypto.joint_noise); the integer
drawn is this member's secret. Samplers are the exact ones of crypto.noise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crypto.errors import ParameterError
from crypto.joint_noise import JointNoise
from crypto.mpc.field import LARGEST, Signed
from crypto.noise import NOISE_KEY_BYTES, BitSource, DerivedBits, sample_gaussian, sample_laplace
from crypto.secret import Secret


def draw_noise(noises: Sequence[JointNoise], *, point: int, entropy: bytes) -> Signed:
    """What the member at `point` adds to each output, in lattice units, int64[outputs].

    Args:
        entropy: 32 fresh bytes.

    Raises:
        ParameterError: other than 32 bytes, or noise so wide that it left the field.
    """
    if len(entropy) != NOISE_KEY_BYTES:
        raise ParameterError(f"{len(entropy)} bytes of entropy, expected {NOISE_KEY_BYTES}")
    bits = DerivedBits(Secret(entropy))
    drawn = [_draw(noise, bits) if point <= noise.contributors else 0 for noise in noises]
    if any(abs(value) > LARGEST for value in drawn):
        raise ParameterError("noise is wider than the field")
    return np.array(drawn, np.int64)


def _draw(noise: JointNoise, bits: BitSource) -> int:
    if noise.law == "gaussian":
        return sample_gaussian(noise.share_scale_squared, bits)
    return sample_laplace(noise.scale, bits)
