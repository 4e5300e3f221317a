"""One-time sign-on codes: whom they sign on, and what is refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world.memory.shared_state import MemoryRedeemedCodes

from crypto.secret import Secret
from market.airflow.sign_on_code import (
    LIFETIME_SECONDS,
    browser_mark,
    issue_code,
    redeem_code,
)
from market.errors import NotPermitted

SECRET = bytes(range(32))
SECRETS = [Secret(SECRET)]
NOW = 1_800_000_000


def test_code_signs_its_user_on_once() -> None:
    code = issue_code(SECRET, "bob", NOW)
    used = MemoryRedeemedCodes()
    assert redeem_code(SECRETS, code, NOW + LIFETIME_SECONDS, used, browser="").user == "bob"
    with pytest.raises(NotPermitted, match="used before"):
        redeem_code(SECRETS, code, NOW + LIFETIME_SECONDS, used, browser="")


def test_code_carries_its_session_over_in_its_own_browser_only() -> None:
    mark, used = browser_mark("cookie"), MemoryRedeemedCodes()
    code = issue_code(SECRET, "bob", NOW, session="5e" * 32, browser=mark)
    for other in ("", browser_mark("another"), browser_mark("")):
        with pytest.raises(NotPermitted, match="another browser"):
            redeem_code(SECRETS, code, NOW, used, browser=other)
    assert redeem_code(SECRETS, code, NOW, used, browser=mark).session == "5e" * 32


def test_code_for_a_program_opens_no_browser() -> None:
    code = issue_code(SECRET, "bob", NOW)
    with pytest.raises(NotPermitted, match="another browser"):
        redeem_code(SECRETS, code, NOW, MemoryRedeemedCodes(), browser=browser_mark("cookie"))


def test_code_stays_used_while_others_come_and_go() -> None:
    used = MemoryRedeemedCodes()
    code = issue_code(SECRET, "bob", NOW)
    redeem_code(SECRETS, code, NOW, used, browser="")
    for second in range(LIFETIME_SECONDS):
        redeem_code(
            SECRETS,
            issue_code(SECRET, "eve", NOW + second),
            NOW + second,
            used,
            browser="",
        )
    with pytest.raises(NotPermitted, match="used before"):
        redeem_code(SECRETS, code, NOW + LIFETIME_SECONDS, used, browser="")


def test_code_expires() -> None:
    code = issue_code(SECRET, "bob", NOW)
    with pytest.raises(NotPermitted, match="expired"):
        redeem_code(SECRETS, code, NOW + LIFETIME_SECONDS + 1, MemoryRedeemedCodes(), browser="")


def test_code_from_the_future_is_refused() -> None:
    code = issue_code(SECRET, "bob", NOW + 3_600)
    with pytest.raises(NotPermitted, match="expired"):
        redeem_code(SECRETS, code, NOW, MemoryRedeemedCodes(), browser="")


def test_code_of_another_secret_is_refused() -> None:
    code = issue_code(bytes(32), "bob", NOW)
    with pytest.raises(NotPermitted, match="not issued by this portal"):
        redeem_code(SECRETS, code, NOW, MemoryRedeemedCodes(), browser="")


@given(st.data())
def test_altered_code_is_refused(data: st.DataObject) -> None:
    raw = bytearray(base64.urlsafe_b64decode(issue_code(SECRET, "bob", NOW)))
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NotPermitted):
        redeem_code(
            SECRETS,
            base64.urlsafe_b64encode(raw).decode(),
            NOW,
            MemoryRedeemedCodes(),
            browser="",
        )


@given(st.text(max_size=200))
def test_any_text_is_no_code(text: str) -> None:
    with pytest.raises(NotPermitted):
        redeem_code(SECRETS, text, NOW, MemoryRedeemedCodes(), browser="")
