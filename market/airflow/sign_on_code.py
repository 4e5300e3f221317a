"""One-time codes by which the portal signs a user on to Airflow.

A code is the canonical JSON of a `SignOnCode`, with an HMAC-SHA256 (RFC 2104) under a secret that
the portal and Airflow's api-server share. It lives 30 seconds and is redeemed once; it travels in
the body of a POST, never in an address. A code names the session it carries over, and the browser
that asked for it, so that nobody plants a session of theirs in another's browser. The platform
speaks to Airflow by the same codes, without a browser: on a user's behalf, or as
`names.PLATFORM_USER`, whom no person can be.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import token_bytes

from crypto.errors import FormatError
from crypto.secret import Secret
from market import wire
from market.errors import NotPermitted
from market.ports.shared_state import RedeemedCodes

LIFETIME_SECONDS = 30
_TAG = b"market/sign-on/2\x00"
_MAXIMUM_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class SignOnCode:
    """Who is signed on, where, and until when.

    Attributes:
        session: the hash of the portal session it carries over; empty where the platform acts.
        browser: what the browser that may redeem it was told (`browser_mark`); empty for none.
        nonce: tells two codes of one second apart.
    """

    user: str
    session: str
    browser: str
    expires_at: int
    nonce: str


def browser_mark(cookie: str) -> str:
    """What stands for a browser's secret cookie in addresses and codes: its SHA-256, in hex."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def issue_code(
    secret: bytes,
    user: str,
    now: int,
    *,
    session: str = "",
    browser: str = "",
    entropy: Callable[[int], bytes] = token_bytes,
) -> str:
    """A code that signs `user` on, once, until `now` + 30 seconds."""
    code = SignOnCode(user, session, browser, now + LIFETIME_SECONDS, entropy(16).hex())
    body = wire.encode(code)
    return base64.urlsafe_b64encode(_seal(secret, body) + body).decode()


def redeem_code(
    secrets: Sequence[Secret], code: str, now: int, used: RedeemedCodes, *, browser: str
) -> SignOnCode:
    """What a code says.

    Args:
        secrets: one of them has sealed it.
        used: the codes that were redeemed, by any process.
        browser: the `browser_mark` of who redeems it; empty for a program.

    Raises:
        NotPermitted: `sign-on-code`: forged, expired, redeemed before, or issued to another
            browser.
    """
    try:
        data = base64.b64decode(code[:_MAXIMUM_CHARACTERS], altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refused("is malformed") from error
    seal, body = data[: hashlib.sha256().digest_size], data[hashlib.sha256().digest_size :]
    if not any(hmac.compare_digest(seal, _seal(one.reveal(), body)) for one in secrets):
        raise _refused("was not issued by this portal")
    try:
        parsed = wire.decode(SignOnCode, body)
    except FormatError as error:
        raise _refused("is of another version") from error
    if not now <= parsed.expires_at <= now + LIFETIME_SECONDS:
        raise _refused("has expired")
    if not hmac.compare_digest(parsed.browser.encode(), browser.encode()):
        raise _refused("was issued to another browser")
    if not used.redeem(parsed.nonce, expires_at=parsed.expires_at, now=now):
        raise _refused("was used before")
    return parsed


def _seal(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, _TAG + body, hashlib.sha256).digest()


def _refused(reason: str) -> NotPermitted:
    return NotPermitted(
        "sign-on-code", f"The sign-on code {reason}.", "Go back to the portal and try again."
    )
