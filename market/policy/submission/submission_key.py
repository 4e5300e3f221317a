"""The key under which one submission is sent, however often: one key, one job.

Over HTTP it is the field `Idempotency-Key`, a string of structured fields (RFC 9651, section 3.3.3;
draft-ietf-httpapi-idempotency-key-header); a form holds it as a hidden field.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from market.errors import Refused
from market.plan.text import readable

HEADER: Final = "Idempotency-Key"
KEY_BYTES: Final = 16
"""Of randomness in a key that is made here; written in hexadecimal."""

_KEY: Final = re.compile(r"[0-9A-Za-z_-]{16,64}")


def header_text(key: str) -> str:
    """A key as the header's value: a quoted string."""
    return f'"{key}"'


def read_header(text: str) -> str:
    """The key in a header's value; unquoted, as many clients send it, too.

    Raises:
        Refused: `submission-key-malformed`.
    """
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return read_key(text[1:-1] if is_quoted else text)


def read_key(text: str) -> str:
    """A key as it was sent.

    Raises:
        Refused: `submission-key-malformed`.
    """
    if not _KEY.fullmatch(text):
        raise Refused(
            "submission-key-malformed",
            f"{readable(text):.80} is no key of a submission, expected 16 to 64 letters, digits, "
            "hyphens or underscores.",
            "Nothing was submitted. Make a new random key for each submission, or send none.",
        )
    return text


def run_name(user: str, key: str) -> str:
    """The name of the run that a user's submission under a key has; nobody else's has it."""
    return "market__" + hashlib.sha256(f"{user}\n{key}".encode()).hexdigest()[:32]
