"""What members draw: the right law each, and enough of it whichever of them are honest.

Seeds are fixed: a change of what they give is a change of the sampler or of how it is called.
"""

from __future__ import annotations

import hashlib
import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from crypto.errors import ParameterError
from crypto.joint_noise import JointNoise, joint_noise
from crypto.mpc.noise import draw_noise

COUNT = 6_000
ALPHA = 1e-3


def drawn(noise: JointNoise, point: int, seed: str) -> np.ndarray:
    entropy = hashlib.sha256(f"{seed}-{point}".encode()).digest()
    return draw_noise([noise] * COUNT, point=point, entropy=entropy)


def pooled_chi_square(values: np.ndarray, weight: np.ndarray, support: np.ndarray) -> float:
    """p against a law given on its support; cells expected below 10 are one cell together."""
    expected = len(values) * weight / weight.sum()
    kept = expected >= 10
    observed = np.array([(values == x).sum() for x in support[kept]])
    observed = np.append(observed, len(values) - observed.sum())
    wanted = np.append(expected[kept], len(values) - expected[kept].sum())
    return float(stats.chisquare(observed, wanted).pvalue)


def law(noise: JointNoise, support: np.ndarray) -> np.ndarray:
    if noise.law == "gaussian":
        return np.exp(-(support**2) / (2 * noise.share_scale_squared))
    return np.exp(-abs(support) / math.sqrt(noise.share_scale_squared))


@pytest.mark.parametrize("name", ["gaussian", "laplace"])
@pytest.mark.parametrize("scale_squared", [36, 400])
def test_a_member_draws_its_law(name: str, scale_squared: int) -> None:
    noise = joint_noise(name, scale_squared, members=3, threshold=1)  # type: ignore[arg-type]
    support = np.arange(-1_000, 1_001)
    values = drawn(noise, 2, f"own-{scale_squared}")
    assert pooled_chi_square(values, law(noise, support), support) > ALPHA


@pytest.mark.parametrize(("members", "threshold"), [(3, 1), (4, 1), (5, 2)])
def test_any_h_members_gaussians_are_enough(members: int, threshold: int) -> None:
    """Their sum has the convolution's law, and at least the variance that was asked for."""
    noise = joint_noise("gaussian", 60, members=members, threshold=threshold)
    honest = members - threshold
    support = np.arange(-300, 301)
    one = law(noise, support)
    together = one / one.sum()
    for _ in range(honest - 1):
        together = np.convolve(together, one / one.sum(), "same")
    assert (together * support**2).sum() >= 60 * (1 - 1e-9)
    values = {point: drawn(noise, point, "any-h") for point in range(1, members + 1)}
    for group in combinations(values, honest):
        total = np.sum([values[point] for point in group], axis=0)
        assert pooled_chi_square(total, together, support) > ALPHA / 10


@pytest.mark.parametrize(("members", "threshold"), [(3, 1), (5, 2), (9, 4)])
def test_among_any_t_plus_1_one_draws_a_whole_laplace(members: int, threshold: int) -> None:
    noise = joint_noise("laplace", 25, members=members, threshold=threshold)
    drawing = {p for p in range(1, members + 1) if drawn(noise, p, "whole").any()}
    assert drawing == set(range(1, threshold + 2))
    assert all(
        set(group) & drawing for group in combinations(range(1, members + 1), members - threshold)
    )


@pytest.mark.parametrize("name", ["gaussian", "laplace"])
def test_all_noise_together_has_the_quoted_variance(name: str) -> None:
    noise = joint_noise(name, 10**6, members=5, threshold=2)  # type: ignore[arg-type]
    total = np.sum([drawn(noise, point, f"all-{name}") for point in range(1, 6)], axis=0)
    # Of 6,000 squares the mean is off by about 2 %, 3 % with heavier tails.
    assert np.mean(total.astype(float) ** 2) == pytest.approx(noise.variance, rel=0.1)
    assert abs(total).max() < noise.tail


def test_every_run_draws_anew() -> None:
    noise = joint_noise("gaussian", 2**80, members=3, threshold=1)
    runs = [draw_noise([noise], point=1, entropy=bytes([run]) * 32)[0] for run in range(20)]
    assert len(set(runs)) == 20


def test_noise_the_field_does_not_hold_is_refused() -> None:
    wide = JointNoise("gaussian", 2**140, 3)
    with pytest.raises(ParameterError, match="wider"):
        draw_noise([wide] * 8, point=1, entropy=bytes(32))
    with pytest.raises(ParameterError, match="32"):
        draw_noise([wide], point=1, entropy=b"short")
