"""The product's failures: each has a code, what happened, and what to do next.

    MarketError
    ├── Refused        a rule said no; nothing was spent
    │   └── TooMany    no for now: a limit is reached that frees itself
    ├── NotFound       no such thing, or not visible to the one who asks
    ├── NotPermitted   known, but not allowed to them
    ├── Conflict       the same thing exists with other content, or in another state
    └── Unavailable    a part of the system does not answer; trying again may help

Codes are stable words in kebab case; the portal, the command line and receipts show the same ones.
No message carries a secret, a row, or source text of a buyer's program. What such a program says
of itself is its own text, not the product's: it travels as `program_says`, and whoever shows it
marks it as the program's words.
"""

from __future__ import annotations


class MarketError(Exception):
    """Root of the product's failures."""

    def __init__(
        self, code: str, message: str, next_action: str, *, program_says: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.next_action = next_action
        self.program_says = program_says

    def __str__(self) -> str:
        return f"{self.code}: {self.message} {self.next_action}"


class Refused(MarketError):
    """A rule said no; nothing was spent."""


class TooMany(Refused):
    """Refused for now: enough was asked for, or is under way; after a while it is free again.

    `retry_after_seconds` says when, as far as it is known (RFC 9110, section 10.2.3).
    """

    def __init__(
        self, code: str, message: str, next_action: str, *, retry_after_seconds: int
    ) -> None:
        super().__init__(code, message, next_action)
        self.retry_after_seconds = retry_after_seconds


class NotFound(MarketError):
    """No such thing, or it is not visible to the one who asks."""


class NotPermitted(MarketError):
    """The thing is known, but not allowed to the one who asks."""


class Conflict(MarketError):
    """The same thing exists with other content, or in another state."""


class Unavailable(MarketError):
    """A part of the system does not answer; trying again may help."""
