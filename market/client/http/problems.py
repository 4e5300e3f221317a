"""A portal's problem documents, as the typed errors its services raised.

The words are a stranger's: they are cut, and what would not print, or would turn other characters
round on a terminal, is taken out. A code that does not have the form of one is not repeated.
"""

from __future__ import annotations

import re

from crypto import canonical
from crypto.errors import FormatError
from market.client.http.transport import Answer
from market.errors import (
    Conflict,
    MarketError,
    NotFound,
    NotPermitted,
    Refused,
    Unavailable,
)

NOT_SIGNED_IN = "not-signed-in"
LONGEST_WORDS = 1_000
_CODE = re.compile(r"[a-z][a-z0-9-]{0,59}")
_KINDS: dict[int, type[MarketError]] = {
    401: NotPermitted,
    403: NotPermitted,
    404: NotFound,
    409: Conflict,
    413: Refused,
    422: Refused,
    503: Unavailable,
}


def problem_of(answer: Answer) -> MarketError:
    """The error an answer without success stands for; whatever its body holds."""
    try:
        body = canonical.parse(answer.body)
    except FormatError:
        body = None
    if not isinstance(body, dict):
        body = {}
    code = str(body.get("code"))
    if answer.status == 401:
        # What it means hangs on the status: who holds the token acts on it.
        code = NOT_SIGNED_IN
    return _KINDS.get(answer.status, Unavailable)(
        code if _CODE.fullmatch(code) else f"http-{answer.status}",
        _words(body.get("detail"), f"The portal answered {answer.status}."),
        _words(body.get("next_action"), "Try again; if it repeats, look at the portal's log."),
    )


def _words(value: object, otherwise: str) -> str:
    if not isinstance(value, str) or not value.strip():
        return otherwise
    cut = value if len(value) <= LONGEST_WORDS else f"{value[:LONGEST_WORDS]}…"
    return "".join(char if char.isprintable() else "�" for char in cut)
