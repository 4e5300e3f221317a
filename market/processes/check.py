"""One line of a doctor's report."""

from __future__ import annotations

from dataclasses import dataclass

from market.errors import MarketError


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, what was found, what to do when it is not as needed."""

    name: str
    is_ok: bool
    found: str
    next_action: str


def ok(name: str, found: str) -> Check:
    """A line on what is as needed."""
    return Check(name, True, found, "")


def checked(name: str, is_ok: bool, found: str, next_action: str) -> Check:
    """What to do stands only where there is something to do."""
    return Check(name, is_ok, found, "" if is_ok else next_action)


def failed(name: str, error: MarketError) -> Check:
    """A line on what could not be looked at, or was refused: in the error's own words."""
    return Check(name, False, error.message, error.next_action)
