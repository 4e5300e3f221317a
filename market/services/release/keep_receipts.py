"""Receipts an agent sends beside its releases, to close a gap, and those that fork its chain.

A release whose receipt comes early waits until the ones before it are here. Those may never come as
releases (their jobs were lost with an older copy of this database, or refused): so the agent sends
its chain alone. What came alone is not countersigned; nothing was delivered for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crypto.errors import CryptoError
from market.entities.fork import Fork
from market.entities.people import User
from market.errors import Refused
from market.records.receipt import Receipt, is_well_placed
from market.records.signed import open_signed
from market.services.authorize import require_own_agent
from market.services.own_agents import agents_of
from market.services.platform import Platform

PAGE_FORKS: Final = 100


def keep_receipts(
    platform: Platform, user: User, agent: str, receipts: Sequence[str], *, now: int
) -> int:
    """Continue the chain of one of the user's agents; returns the sequence it now ends with.

    Args:
        agent: the agent's key in hex.
        receipts: as the agent signed them, in order; none to learn how far the chain goes.

    Raises:
        NotPermitted: no manifest of this user names the agent.
        Refused: `receipt-invalid`; Conflict: `receipt-forked`; Unavailable: `receipt-early`.
    """
    require_own_agent(platform, user, agent)
    for text in receipts:
        try:
            signed = open_signed(Receipt, text.encode(), signer=agent)
        except CryptoError as error:
            raise _invalid(str(error)) from error
        if not is_well_placed(signed.record):
            raise _invalid("only the first receipt follows none")
        platform.receipts.append(signed, now=now)
    sequence, _ = platform.receipts.head(agent)
    return sequence


@dataclass(frozen=True, slots=True)
class ForkPage:
    """`further` is the number behind which the next page begins; None where this is the last."""

    forks: tuple[Fork, ...]
    further: int | None


def read_forks(
    platform: Platform, user: User, *, after: int = 0, limit: int = PAGE_FORKS
) -> ForkPage:
    """What did not continue a chain, where it is about the user's datasets; everything, for an
    administrator: one page of it.

    Args:
        after: only forks with a higher number.
        limit: so many are looked at, never over PAGE_FORKS.
    """
    sees_all = "administrator" in user.roles
    agents, limit = None if sees_all else agents_of(platform, user), min(limit, PAGE_FORKS)
    read = platform.receipts.forks(agents, after=after, limit=limit + 1)
    further = read[limit - 1].number if len(read) > limit else None
    # A manifest may name any agent: whose receipts somebody sees follows from the datasets in them.
    owned = {dataset.dataset for dataset in platform.catalogue.of_owner(user.user)}
    seen = (
        fork
        for fork in read[:limit]
        if sees_all or owned.issuperset((*fork.held.record.names, *fork.offered.record.names))
    )
    return ForkPage(tuple(seen), further)


def _invalid(reason: str) -> Refused:
    return Refused(
        "receipt-invalid",
        f"The receipt was not accepted: {reason}.",
        "Send what the agent's own store holds, in order.",
    )
