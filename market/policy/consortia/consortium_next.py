"""What a consortium waits for: from whom, and with which command they do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.entities.consortium import Consortium


@dataclass(frozen=True, slots=True)
class Awaited:
    """One thing that one member has to do; `text` says it of them."""

    kind: Literal["join", "consent", "bind"]
    organisation: str
    text: str
    command: str


def awaited(consortium: Consortium) -> tuple[Awaited, ...]:
    """All that is missing before the consortium can be asked; in the order of organisations.

    Nothing of one that has ended: its members propose the next.
    """
    name = consortium.consortium
    if consortium.state == "ended":
        return ()
    if consortium.open_seats:
        return tuple(
            Awaited("join", one, f"{one} has not joined", f"market consortium join {name}")
            for one in consortium.open_seats
        )
    if consortium.awaited_consents:
        return tuple(
            Awaited("consent", one, f"{one} has not consented", f"market consortium consent {name}")
            for one in consortium.awaited_consents
        )
    return tuple(
        Awaited(
            "bind",
            one,
            f"{one} has bound no table",
            f"market consortium bind {name} DECLARATION TABLE",
        )
        for one in sorted(member.organisation for member in consortium.unbound)
    )
