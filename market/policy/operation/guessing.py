"""How long whoever guesses passwords waits, and who does not wait with them.

Failed sign-ins are counted three times: under the name from this network, under the name from
wherever, and from the network under whatever name. A count is a day's, from its first failure. So
many are free; from then on every failure doubles the wait, from 15 seconds up.

A stranger who fails in somebody's name has that person wait only where the person has not signed
in of late: at a network that knows them they wait for what failed under their name there alone.
Where networks are not told apart (the empty network), the first count is all there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["here", "name", "network"]

KINDS: Final[tuple[Kind, ...]] = ("name", "network", "here")
"""In the order in which they are counted, so that no two attempts wait for each other."""

COUNTED_SECONDS: Final = 24 * 3_600
"""How long a count is kept, from its first failure."""
KNOWN_SECONDS: Final = 90 * 24 * 3_600
"""How long a network knows somebody who signed in from it: as long as an API token lives."""

_FIRST_WAIT_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures are free, and the longest wait after one more."""

    free_attempts: int
    longest_wait_seconds: int


PATIENCE: Final[dict[Kind, Patience]] = {
    # One person at one place, who mistypes.
    "here": Patience(5, 900),
    # Many networks at one name: a guess a minute is left to them together.
    "name": Patience(50, 60),
    # One network at many names; an office has one address.
    "network": Patience(50, 900),
}


@dataclass(frozen=True, slots=True)
class Failed:
    """Failed attempts of one count: `since` is the first, `last` the last, in Unix seconds."""

    attempts: int
    since: int
    last: int


def counted(network: str) -> tuple[Kind, ...]:
    """Which counts an attempt is one of; an empty network is one that is not known."""
    return KINDS if network else ("here",)


def waited_for(network: str, *, is_known: bool) -> tuple[Kind, ...]:
    """Which counts an attempt waits for.

    Args:
        is_known: whether the name has signed in from the network within `KNOWN_SECONDS`.
    """
    return ("here",) if is_known else counted(network)


def subject(kind: Kind, user: str, network: str) -> str:
    """What a count is of, as one text."""
    return {"name": user, "network": network, "here": f"{network}\n{user}"}[kind]


def seconds_left(kind: Kind, failed: Failed, *, now: int) -> int:
    """How long an attempt has to wait for those that failed; 0 or less: it has not."""
    patience = PATIENCE[kind]
    if failed.attempts < patience.free_attempts or failed.since <= now - COUNTED_SECONDS:
        return 0
    doublings = min(failed.attempts - patience.free_attempts, 10)
    return failed.last + min(_FIRST_WAIT_SECONDS << doublings, patience.longest_wait_seconds) - now
