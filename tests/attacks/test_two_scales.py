"""The same question at two noise scales must not cancel the noise.

If the noise of a rung is the stream's first draw at the rung's scale, both answers are one draw
stretched: v1 = x + z and v2 = x + 2 z, and 2 v1 - v2 = x. The buyer asks at epsilon and at half of
it, and solves.
"""

from __future__ import annotations

import os
from statistics import median

import pytest

from crypto.ladder import Ladder
from crypto.noise import derive_noise
from crypto.secret import Secret

VALUE = 123_456_789 << 43
SCALE = 2**50 - 1
HALF_EPSILON = -16
"""Rungs below which a scale is twice as wide."""
QUESTIONS = 60


def release(noise_key: Secret, law: str, question: int, rung: int) -> int:
    noise = derive_noise(
        noise_key,
        manifest_hash="0" * 64,
        output=f"{question}",
        ladder=Ladder(law, SCALE, 53),  # type: ignore[arg-type]
        rung=rung,
    )
    return VALUE + noise


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_two_scales_of_one_question_do_not_cancel(law: str) -> None:
    noise_key = Secret(os.urandom(32))
    errors = [
        abs(
            2 * release(noise_key, law, question, 0)
            - release(noise_key, law, question, HALF_EPSILON)
            - VALUE
        )
        for question in range(QUESTIONS)
    ]
    # The difference of independent draws is wider than one of them; stretched ones leave nothing.
    assert median(errors) > SCALE // 4
    assert min(errors) > 2**20
