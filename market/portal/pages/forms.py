"""What a form's buttons say, and its fields that may be left empty."""

from __future__ import annotations

from market.errors import Refused
from market.portal.access import field


def is_yes(form: dict[str, list[str]], name: str) -> bool:
    """What a button says, yes or no: nothing is done by anything else.

    Raises:
        Refused: `form-malformed`, `form-incomplete`.
    """
    said = field(form, name, maximum_characters=3)
    if said not in ("yes", "no"):
        raise Refused(
            "form-malformed",
            f"Field {name} is {said!r}, expected yes or no.",
            "Load the page again.",
        )
    return said == "yes"


def optional_field(form: dict[str, list[str]], name: str, *, maximum_characters: int) -> str:
    """One field of a form, stripped; empty where it was left out.

    Raises:
        Refused: `form-incomplete`: it is too long.
    """
    is_there = bool((form.get(name) or [""])[0].strip())
    return field(form, name, maximum_characters=maximum_characters) if is_there else ""
