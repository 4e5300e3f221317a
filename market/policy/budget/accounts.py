"""Names of the budget accounts: the people in the data first, the buyer's part of it second.

A table may hold people of several lineages; a release then charges every one of them, and of each
the account over all epochs too, so that a total declared later knows what was spent before it.
"""

from __future__ import annotations

from typing import Final, Protocol

PEOPLE: Final = "lineage/"
"""What the names of all accounts of people begin with, those of buyers' parts too."""


class NamesPeople(Protocol):
    """A manifest, or a dataset in a receipt: whose accounts, in which period."""

    @property
    def lineages(self) -> tuple[str, ...]: ...

    @property
    def epoch(self) -> int: ...


def epoch_account(lineage: str, epoch: int) -> str:
    """One epoch of a lineage: what all its tables of that epoch spend together."""
    return f"{PEOPLE}{lineage}/{epoch}"


def total_account(lineage: str) -> str:
    """All epochs of a lineage together."""
    return f"{PEOPLE}{lineage}/total"


def lineage_accounts(named: NamesPeople) -> tuple[str, ...]:
    """The promise: one cap each over every buyer, listing, version and job."""
    return tuple(epoch_account(lineage, named.epoch) for lineage in named.lineages)


def people_accounts(named: NamesPeople) -> tuple[str, ...]:
    """Every account of the people in a table: their lineages in its epoch, and over all epochs."""
    return (*lineage_accounts(named), *map(total_account, named.lineages))


def buyer_accounts(named: NamesPeople, buyer: str) -> tuple[str, ...]:
    """Allocations below the lineages' caps; `buyer` is an identity fingerprint."""
    return tuple(f"{account}/buyer/{buyer}" for account in lineage_accounts(named))


def is_buyer_account(account: str) -> bool:
    """Whether an account is a buyer's part; those are opened by the first approval or plan."""
    return "/buyer/" in account


def flooding_account(key_id: str) -> str:
    """What a CKKS key's openings may tell about the key itself (crypto.flooding units)."""
    return f"key/{key_id}/flooding"
