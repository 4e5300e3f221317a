"""Noise of a rung in one draw, for tests of what is made of many noised sums."""

from __future__ import annotations

from math import isqrt

from crypto.ladder import Ladder
from crypto.noise import BitSource, sample_gaussian, sample_laplace


def one_draw(ladder: Ladder, rung: int, bits: BitSource) -> int:
    """Noise of the law of `crypto.noise.noise_at`, which walks down from the highest rung."""
    squared = ladder.scale_squared(rung)
    if ladder.law == "laplace":
        return sample_laplace(isqrt(squared), bits)
    return sample_gaussian(squared, bits)
