"""What a result's page says of whom it rests on: pure functions of an opened result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reliance:
    """How far a consortium's answer can be relied on, a sentence for each ground."""

    is_sound: bool
    arithmetic: str
    shares: str


def union_sentence(result: Mapping[str, Any]) -> str:
    """What several owners' data was opened as; empty of one."""
    values, owners = result["values"], len(result["datasets"])
    if values is None:
        return ""
    if values == "masked":
        return f"Sums over all {owners} owners together; none of them, nor you, sees another’s."
    return f"Sums over all {owners} owners together, and each owner’s own."


def session_reliance(session: Mapping[str, Any] | None) -> Reliance | None:
    """Of a consortium's answer; None of any other."""
    if session is None:
        return None
    arithmetic = (
        "The members verified each other’s arithmetic: whoever cheats breaks the run off."
        if session["is_verified"]
        else "The arithmetic was not verified: a member who cheats can have spoilt it unnoticed."
    )
    shares, is_sound = "Every member’s shares came, and are consistent.", True
    if session["missing"]:
        shares = f"Unverified: {', '.join(session['missing'])} did not deliver."
        is_sound = False
    if session["liars"]:
        shares = f"Corrected: the shares of {', '.join(session['liars'])} were wrong."
        is_sound = False
    elif not session["is_consistent"]:
        shares = "Inconsistent: somebody lied, and the answer may be anything."
        is_sound = False
    return Reliance(is_sound, arithmetic, shares)
