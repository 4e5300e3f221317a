"""Which passwords are too weak.

A password has 10 to 1,000 characters, 5 of them distinct, does not hold the user's name, and is
no well-known word with digits or signs around it.
"""

from __future__ import annotations

import re

from market.errors import Refused

MINIMUM_CHARACTERS = 10
MAXIMUM_CHARACTERS = 1_000

_MINIMUM_DISTINCT = 5
_WELL_KNOWN = re.compile(
    "abcdefghij|administrator|adminadmin|asdfghjkl|basketball|changeme|football|iloveyou|letmein|"
    "marketplace|mypassword|newpassword|passwords?|passwordpassword|passwort|princess|qwerty|"
    "qwert[yz]uiop|qwertyqwerty|secret|starwars|sunshine|superman|trustno|welcome|welcomeback|"
    "zxcvbnm"
)
_DIGIT_RUNS = ("01234567890123456789", "98765432109876543210")
_SIGNS = "0123456789!?.,;:-_#*+$%&/()=@ "
_LETTER_LIKE = str.maketrans("01345$@7", "oleassat")


def refuse_weak_password(user: str, password: str) -> None:
    """Raises Refused, code `weak-password`; the password itself is in no message."""
    if reason := _weakness(user.casefold(), password):
        raise Refused(
            "weak-password",
            f"The password {reason}.",
            f"Take {MINIMUM_CHARACTERS} or more characters, such as four unrelated words, none of "
            "them the user's name.",
        )


def _weakness(user: str, password: str) -> str:
    folded = password.casefold()
    if not MINIMUM_CHARACTERS <= len(password) <= MAXIMUM_CHARACTERS:
        return (
            f"has {len(password)} characters, expected {MINIMUM_CHARACTERS} to {MAXIMUM_CHARACTERS}"
        )
    if len(set(folded)) < _MINIMUM_DISTINCT:
        return f"has {len(set(folded))} distinct characters, expected {_MINIMUM_DISTINCT} or more"
    if len(user) >= 3 and user in folded:
        return "holds the user's name"
    if folded in _DIGIT_RUNS[0] or folded in _DIGIT_RUNS[1]:
        return "is a run of digits"
    words = {folded.strip(_SIGNS), folded.translate(_LETTER_LIKE).strip(_SIGNS)}
    words.add(folded.strip(_SIGNS).translate(_LETTER_LIKE))
    if any(_WELL_KNOWN.fullmatch(word) for word in words):
        return "is a well-known word with digits or signs"
    return ""
