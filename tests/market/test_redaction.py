from __future__ import annotations

import json
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.secret import Secret
from market.redaction import LONGEST_TEXT, REDACTED, redact, redact_text

HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "Authorization",
        "access_token",
        "session_secret",
        "PASSWORD",
        "passphrase",
        "agent_share",
        "residues",
        "noise_value",
        "noise_key",
        "key",
        "private_key",
        "api-key",
        "unlock",
        "seed",
        "set-cookie",
        "signature",
    ],
)
def test_value_under_a_secret_name_is_replaced(name: str) -> None:
    assert redact({name: "hunter2"}) == {name: REDACTED}
    assert redact({name: 1}) == {name: REDACTED}
    assert redact({"outer": [{name: 12345}]}) == {"outer": [{name: REDACTED}]}
    assert redact({name: ["hunter2"]}) == {name: REDACTED}


@pytest.mark.parametrize(
    "name",
    ["key_id", "key_fingerprint", "public_key", "buyer_public_key", "job", "epsilon", "outputs"],
)
def test_value_under_a_harmless_name_stays(name: str) -> None:
    assert redact({name: "abc"}) == {name: "abc"}


@pytest.mark.parametrize(
    "text",
    [
        "GET /api with Authorization: Bearer {}",
        "sent bearer {} to the portal",
        "basic {}",
        "found mkt_{} in the home",
        "postgresql://market:{}@127.0.0.1/market",
        "PUT /objects/a?expires=1&signature={}",
        "https://s3/b/a?X-Amz-Signature={}&X-Amz-Expires=1",
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n{}",
        "jwt eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl",
    ],
)
def test_secret_in_free_text_is_replaced(text: str) -> None:
    secret = secrets.token_urlsafe(24)
    for shown in (redact_text(text.format(secret)), str(redact({"event": text.format(secret)}))):
        assert secret not in shown
        assert REDACTED in shown


def test_long_hex_is_shortened_to_what_tells_hashes_apart() -> None:
    assert redact_text(f"chunk {HEX} altered") == "chunk 0123456789ab… altered"
    assert redact_text("chunk " + HEX[:63]) == "chunk " + HEX[:63]
    assert redact_text(HEX * 1000) == "0123456789ab…"


def test_long_text_is_cut_where_it_says_least() -> None:
    shown = redact_text("Traceback\n" + "x y " * 10_000 + "\nValueError: 41 terms")
    assert len(shown) < LONGEST_TEXT + 40
    assert shown.startswith("Traceback\n")
    assert shown.endswith("\nValueError: 41 terms")
    assert "(40031 characters)" in shown


def test_bytes_and_secrets_are_never_shown() -> None:
    assert redact({"data": b"hunter2", "made": Secret(b"hunter2")}) == {
        "data": "<7 bytes>",
        "made": "<secret>",
    }
    assert redact({"data": [bytearray(2), memoryview(b"abc")]}) == {
        "data": ["<2 bytes>", "<3 bytes>"]
    }


def test_objects_are_shown_by_their_scrubbed_repr() -> None:
    class Careless:
        def __repr__(self) -> str:
            return f"Careless({HEX})"

    assert redact({"made": Careless()}) == {"made": "Careless(0123456789ab…)"}


members = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(), members, max_size=4))
def test_anything_becomes_json(event: dict[str, object]) -> None:
    json.dumps(redact(event))


def test_endless_nesting_ends() -> None:
    event: dict[str, object] = {}
    event["again"] = event
    assert "…" in json.dumps(redact(event), ensure_ascii=False)
