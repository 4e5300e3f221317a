"""The one rule for what a person asks with, and its normal form."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import Refused
from market.policy.budget.epsilon import MAXIMUM_EPSILON
from market.policy.submission.submission import Submission

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ASKED = Submission("https://git.example.org/job.git", COMMIT, "visits", "1")


@pytest.mark.parametrize(
    "spelling",
    [
        Submission(ASKED.repository, COMMIT + "\n", "visits", "1.0"),
        Submission(f" {ASKED.repository}\n", COMMIT.upper(), "visits ", "01"),
        Submission(ASKED.repository, f"\t{COMMIT}\r\n", " visits", " 1.000000000 "),
    ],
)
def test_spellings_of_one_submission_have_one_normal_form(spelling: Submission) -> None:
    assert spelling.normal() == ASKED


@given(st.decimals(min_value=0, max_value=MAXIMUM_EPSILON, places=9, allow_nan=False))
def test_normal_epsilon_has_the_same_value_and_is_its_own_normal_form(value: object) -> None:
    asked = Submission(ASKED.repository, COMMIT, "visits", f"{value:f}")
    if not Fraction(asked.epsilon):
        with pytest.raises(Refused, match="epsilon-malformed"):
            asked.normal()
        return
    normal = asked.normal()
    assert Fraction(normal.epsilon) == Fraction(asked.epsilon)
    assert normal.normal() == normal


@pytest.mark.parametrize(
    "epsilon", ["", "0", "0.0", "-1", "+1", "1e1", "101", "100.1", ".5", "1.", "0.0000000001", "١"]
)
def test_malformed_epsilon_is_refused_with_what_was_seen(epsilon: str) -> None:
    with pytest.raises(Refused) as caught:
        Submission(ASKED.repository, COMMIT, "visits", epsilon).normal()
    assert caught.value.code == "epsilon-malformed"
    assert repr(epsilon) in caught.value.message


@pytest.mark.parametrize("commit", ["", "main", COMMIT[:-1], f"{COMMIT}0", f"{COMMIT[:-1]}g"])
def test_malformed_commit_is_refused(commit: str) -> None:
    with pytest.raises(Refused) as caught:
        Submission(ASKED.repository, commit, "visits", "1").normal()
    assert caught.value.code == "commit-malformed"


@pytest.mark.parametrize("nothing", ["", " ", "\t\r\n"])
@pytest.mark.parametrize("field", ["repository", "dataset"])
def test_what_is_not_given_is_named(field: str, nothing: str) -> None:
    with pytest.raises(Refused, match=f"{field}-missing"):
        replace(ASKED, **{field: nothing}).normal()


def test_submission_is_one_object_and_comes_back_as_it_was() -> None:
    odd = Submission("a\0b", "\ud800", "visits", " 1 ")
    assert Submission.from_text(json.dumps(odd.to_json())) == odd
    assert Submission.from_json(ASKED.to_json()) == ASKED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"repository":"r","commit":"c","dataset":"d"}',
        '{"repository":"r","commit":"c","dataset":"d","epsilon":1}',
        '{"repository":"r","commit":"c","dataset":"d","epsilon":"1","force":"yes"}',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_what_is_no_submission_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="submission-malformed"):
        Submission.from_text(text)


def test_recipient_and_verified_travel_only_where_they_say_something() -> None:
    plain = Submission("https://git.example.org/q", "ab" * 20, "visits", "0.5")
    assert set(plain.to_json()) == {"repository", "commit", "dataset", "epsilon"}
    assert Submission.from_json(plain.to_json()) == plain
    session = replace(plain, recipient=" carol\n", verified=" yes ").normal()
    assert (session.recipient, session.verified) == ("carol", "yes")
    assert Submission.from_json(session.to_json()) == session


@pytest.mark.parametrize("verified", ["true", "Yes", "1", "\ud800"])
def test_verified_is_yes_or_no(verified: str) -> None:
    asked = Submission("https://git.example.org/q", "ab" * 20, "visits", "0.5", "", verified)
    with pytest.raises(Refused) as refused:
        asked.normal()
    assert refused.value.code == "verified-malformed"
    assert refused.value.message.encode()
