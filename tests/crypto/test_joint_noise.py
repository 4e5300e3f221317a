"""The honest members' noise is what was asked for, whichever of them are honest."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import ParameterError
from crypto.joint_noise import (
    FLOOR_SQUARED,
    MOST_OUTPUTS,
    JointNoise,
    allowance_rho_units,
    joint_noise,
)

SIZES = st.sampled_from([(m, t) for m in range(3, 10) for t in range(1, (m - 1) // 2 + 1)])


@given(SIZES, st.integers(1, 2**120))
def test_any_h_members_gaussians_have_the_calibrated_variance(
    size: tuple[int, int], scale_squared: int
) -> None:
    members, threshold = size
    noise = joint_noise("gaussian", scale_squared, members=members, threshold=threshold)
    honest = members - threshold
    assert noise.contributors == members
    assert honest * noise.share_scale_squared >= scale_squared
    assert noise.share_scale_squared >= FLOOR_SQUARED
    # Rounded up or floored, and nothing more.
    assert noise.share_scale_squared <= max(FLOOR_SQUARED, scale_squared // honest + 1)
    assert noise.variance == members * noise.share_scale_squared


@given(SIZES, st.integers(1, 2**60))
def test_one_of_the_laplaces_is_an_honest_member_s(size: tuple[int, int], scale: int) -> None:
    members, threshold = size
    noise = joint_noise("laplace", scale * scale, members=members, threshold=threshold)
    assert noise == JointNoise("laplace", scale * scale, threshold + 1)
    assert noise.variance == 2 * (threshold + 1) * scale * scale


@pytest.mark.parametrize("honest", [2, 3, 4, 5])
def test_at_the_floor_the_allowance_covers_every_output(honest: int) -> None:
    tau = 10 * sum(
        math.exp(-2 * math.pi**2 * FLOOR_SQUARED * k / (k + 1)) for k in range(1, honest)
    )
    assert tau * MOST_OUTPUTS < 1e-12
    assert allowance_rho_units("gaussian", MOST_OUTPUTS) == 1


def test_allowance_is_for_gaussians_that_are_opened() -> None:
    assert allowance_rho_units("gaussian", 0) == 0
    assert allowance_rho_units("laplace", 10) == 0
    with pytest.raises(ParameterError, match="at most"):
        allowance_rho_units("gaussian", MOST_OUTPUTS + 1)


def test_tail_is_forty_scales_of_the_sum_or_of_each() -> None:
    assert JointNoise("gaussian", 100, 4).tail == 40 * 20
    assert JointNoise("laplace", 100, 3).tail == 3 * 40 * 10


@pytest.mark.parametrize(
    ("law", "scale_squared", "members", "threshold"),
    [
        ("gaussian", 0, 3, 1),
        ("gaussian", 9, 2, 1),
        ("gaussian", 9, 3, 0),
        ("gaussian", 9, 5, 3),
        ("laplace", 10, 3, 1),
        ("skellam", 9, 3, 1),
    ],
)
def test_what_protects_nobody_is_refused(
    law: str, scale_squared: int, members: int, threshold: int
) -> None:
    with pytest.raises(ParameterError):
        joint_noise(law, scale_squared, members=members, threshold=threshold)  # type: ignore[arg-type]
