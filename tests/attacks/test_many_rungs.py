"""Asking one sum at every scale must not say more than the finest answer does.

What is charged for a sum is what the highest rung of it costs. A buyer asks it at forty rungs, all
of them below one that they pay for, and weighs the answers by what each of them is worth. With
noise of its own at every rung the mean would be twice as exact as the best of them, for nothing.
"""

from __future__ import annotations

import math
import os

import pytest

from crypto.ladder import Ladder
from crypto.noise import derive_noise
from crypto.secret import Secret

REACH = 2**50
RUNGS = range(0, -40, -1)
QUESTIONS = 60


def noises(noise_key: Secret, ladder: Ladder, question: int) -> list[int]:
    """The errors of the answers, from the finest on."""
    return [
        derive_noise(
            noise_key, manifest_hash="0" * 64, output=f"{question}", ladder=ladder, rung=rung
        )
        for rung in RUNGS
    ]


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_mean_of_all_rungs_is_no_better_than_the_finest(law: str) -> None:
    noise_key = Secret(os.urandom(32))
    ladder = Ladder(law, REACH, 53)  # type: ignore[arg-type]
    worth = [1 / ladder.scale_squared(rung) for rung in RUNGS]
    finest, combined = 0.0, 0.0
    for question in range(QUESTIONS):
        errors = noises(noise_key, ladder, question)
        mean = math.fsum(w * e for w, e in zip(worth, errors, strict=True)) / math.fsum(worth)
        finest += (errors[0] / REACH) ** 2
        combined += (mean / REACH) ** 2
    # Weighed as if each were independent, 40 rungs would have a twelfth of the variance.
    assert combined > finest / 2
