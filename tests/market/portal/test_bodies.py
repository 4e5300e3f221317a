"""Whatever a body holds, little is made of it; a long one is read from whom it is meant for."""

from __future__ import annotations

import json

import pytest
from world.portal_market import PortalMarket

from market.portal.bodies import STRANGER_BYTES, body_limit

LONG = {"x": "y" * (STRANGER_BYTES + 1)}
SPELLINGS = {
    "nested without end": b"[" * 100_000,
    "a key twice": b'{"user":"bob","user":"eve"}',
    "no number": b'{"user":NaN}',
    "a number without end": b'{"user":' + b"1" * 100_000 + b"}",
    "half a character": rb'{"user":"\ud800"}',
    "a key that is half a character": rb'{"\ud800":1}',
    "many values": b"[" + b"[]," * 50_000 + b"[]]",
    "other bytes than UTF-8": b'{"user":"\xff"}',
    "nothing": b" ",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_body_that_is_no_plain_document_is_a_problem(market: PortalMarket, spelling: str) -> None:
    answer = market.browser().send(
        "POST",
        "/api/v1/tokens",
        content=SPELLINGS[spelling],
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")


@pytest.mark.parametrize(
    ("path", "user", "scope"),
    [
        ("/api/v1/datasets", "bob", "owner"),
        ("/api/v1/datasets", "olga", "client"),
        ("/api/v1/jobs/job-1/release", "bob", "agent"),
        ("/api/v1/jobs/job-1/release", "olga", "owner"),
        ("/api/v1/agent/receipts", "bob", "agent"),
    ],
)
def test_long_body_of_somebody_without_use_for_it_is_not_read(
    market: PortalMarket, path: str, user: str, scope: str
) -> None:
    answer = market.browser().send("POST", path, json=LONG, headers=market.token(user, scope))
    assert (answer.status_code, answer.json()["code"]) == (403, "body-not-yours")


@pytest.mark.parametrize("word", ["request", "approval", "refusal"])
def test_signed_words_have_short_limits(word: str) -> None:
    assert body_limit(f"/api/v1/jobs/job-1/{word}").size_bytes == STRANGER_BYTES


def test_hundred_receipts_of_many_lineages_fit(market: PortalMarket) -> None:
    body = {"agent": "aa" * 32, "receipts": ['"' * 100_000] * 100}
    answer = market.browser().send(
        "POST", "/api/v1/agent/receipts", json=body, headers=market.token("olga", "agent")
    )
    assert answer.json()["code"] not in ("body-too-large", "request-malformed"), answer.text


def test_name_of_an_unknown_member_is_shown_readably_and_briefly(market: PortalMarket) -> None:
    body = {"user": "bob", "password": "x", "label": "x", "\u202egnp\u200b\x1b" + "z" * 1_000: 1}
    answer = market.browser().send(
        "POST",
        "/api/v1/tokens",
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")
    assert not {"\u202e", "\u200b", "\x1b"} & set(answer.json()["detail"])
    assert len(answer.json()["detail"]) < 300
