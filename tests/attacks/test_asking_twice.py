"""Asking the same question again must not average the noise away.

A buyer repeats one question 25 times; the agent is restored from its key file in between and
remembers no earlier release. With fresh noise the mean's error would fall to a fifth.
"""

from __future__ import annotations

import os

import pytest

from crypto.keyfile import unwrap, wrap
from crypto.ladder import Ladder
from crypto.noise import derive_noise
from crypto.secret import Secret

VALUE = 123_456_789 << 43
SCALE = 10 << 43
QUESTIONS = 20
REPETITIONS = 25


def release(noise_key: Secret, law: str, question: int) -> int:
    noise = derive_noise(
        noise_key,
        manifest_hash="0" * 64,
        output=f"{question}",
        ladder=Ladder(law, SCALE, 53),  # type: ignore[arg-type]
        rung=0,
    )
    return VALUE + noise


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_repetition_does_not_average_the_noise_away(law: str) -> None:
    noise_key = Secret(os.urandom(32))
    for question in range(QUESTIONS):
        answers = [release(noise_key, law, question) for _ in range(REPETITIONS)]
        mean_error = abs(sum(answers) - REPETITIONS * VALUE)
        assert mean_error == REPETITIONS * abs(answers[0] - VALUE)


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_restored_agent_gives_the_answer_of_the_first(law: str) -> None:
    noise_key, unlock = Secret(os.urandom(32)), Secret(b"passphrase")
    backup = wrap(noise_key, unlock, kind="noise")
    restored = unwrap(backup, unlock, kind="noise")
    assert [release(restored, law, q) for q in range(QUESTIONS)] == [
        release(noise_key, law, q) for q in range(QUESTIONS)
    ]
