"""How a session of members ends for its recipient: pure, from who delivered and who gave up.

Any t + 1 shares open a result; all of them show that nobody lied at delivery. So a session that
some members broke off is delivered incomplete where t + 1 have delivered and nobody is waited for;
one in which nobody has delivered ends with the first who breaks it off.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

Outcome = Literal["waiting", "delivered", "broken-off"]


def session_outcome(
    parties: Collection[str],
    *,
    delivered: Collection[str],
    gave_up: Collection[str],
    threshold: int,
    is_over: bool = False,
) -> Outcome:
    """What is to become of a sealed session.

    Args:
        delivered, gave_up: of the parties, whose sealed shares, or whose word that they broke it
            off, have come.
        is_over: nobody is waited for any longer.
    """
    have = len(set(delivered))
    awaited = 0 if is_over else len(set(parties) - set(delivered) - set(gave_up))
    if have == len(set(parties)):
        return "delivered"
    if have + awaited <= threshold or (gave_up and not have):
        return "broken-off"
    if not awaited:
        return "delivered"
    return "waiting"
