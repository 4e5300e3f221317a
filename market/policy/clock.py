"""How far two honest clocks may differ, and what is said when they differ more."""

from __future__ import annotations

from market.plan.plural import counted
from market.policy.decision import Denied

SKEW_SECONDS = 300
"""A request may come from a clock this much ahead of the reader's."""


def check_time(created_at: int, expires_at: int, *, reader: str, now: int) -> Denied | None:
    """Why a request does not hold at `now`, by the clock of its reader; None when it does.

    A request from the future is no fault of the signature: one of two clocks is wrong.
    """
    ahead_seconds = created_at - now
    if ahead_seconds > SKEW_SECONDS:
        return Denied(
            "clock-ahead",
            f"The request was signed at {created_at}; by the clock of {reader} it is {now}: the "
            f"clock of the machine that signed is {_minutes(ahead_seconds)} ahead of it, "
            f"{_minutes(SKEW_SECONDS)} are allowed.",
            "Set that machine's clock right. Do not sign anew: the signature is good, and in "
            f"{_minutes(ahead_seconds - SKEW_SECONDS)} `market sign` can hand the same one in.",
        )
    if now >= expires_at:
        return Denied(
            "request-expired",
            f"The request held until {expires_at}; by the clock of {reader} it is {now}.",
            "Submit the job again and sign that; nothing was spent.",
        )
    return None


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return counted(minutes, "minute")
