"""Hold what a job costs until its parties have released, and give it back.

Each party's receipt settles what its own data costs (market.services.release.settle_release), so
each party has a reservation of its own: of the charges of all its datasets, all held or none. No
account is in two of them, since a lineage is one owner's and an owner has one agent. Where one
party's cannot be held the job ends, and with it whatever was held for the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crypto.identity import PublicKey
from market.entities.job import Job
from market.errors import Conflict, NotFound
from market.policy.budget.accounts import buyer_accounts
from market.policy.budget.budget import told_in_epsilon
from market.policy.budget.repeats import payers
from market.ports.openings import Release
from market.pricing.opening import Opening, newly
from market.records.receipt import ReceiptedDataset
from market.services.platform import Platform

RESERVATIONS: Final = "job/"
"""What stands before a job's id in the keys of its reservations."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A table that a job's buyer may ask, as its receipt will name it, and the party (its key in
    hex) that answers for it.

    `allocation_units` is what they may spend in all on the people in it, in rho units.
    """

    party: str
    table: ReceiptedDataset
    allocation_units: int


@dataclass(frozen=True, slots=True)
class Price:
    """What a job opens for its buyer, named by the fingerprint of their key; a refusal tells what
    it costs as an epsilon at `delta`."""

    buyer: str
    opening: Opening
    delta: str


def reservation_of(job: Job, party: str) -> str:
    """The key of what a job holds for a party: job/<job>/<the party's place in the job, from 0>."""
    return f"{RESERVATIONS}{job.job}/{job.parties.index(party)}"


def job_of_reservation(key: str) -> str:
    """The id of the job that a key of a reservation belongs to."""
    return key.removeprefix(RESERVATIONS).partition("/")[0]


def reserve_budget(
    platform: Platform,
    job: Job,
    admitted: Sequence[Admitted],
    price: Price,
    *,
    now: int,
) -> list[int]:
    """Hold for every party what is new to the buyer of what it opens. Idempotent.

    Args:
        admitted: the tables the job asks.

    Returns:
        What is new, party by party, in rho units.

    Raises:
        Refused: `over-budget`; what was held for the parties before is held still.
        Conflict: the job held something else, or holds it no more.
    """
    held = []
    for party in job.parties:
        own = [each for each in admitted if each.party == party]
        tables = [each.table for each in own]
        release = next_release(party, tables, price.buyer)
        had = platform.openings.had(release, price.opening)
        held.append(newly(price.opening, had.own).rho_units)
        cost = payers(tables, price.buyer).hold(price.opening, had)
        if not cost.whole:
            # A member without data, or a buyer who has all of it: nobody's budget.
            continue
        with told_in_epsilon(price.delta, cost):
            for account, cap_units in _allocations(own, price.buyer).items():
                platform.ledger.open_account(account, cap_units)
            platform.ledger.reserve(
                reservation_of(job, party),
                cost.whole,
                now=now,
                expires_at=now + platform.waits.reservation_seconds,
            )
    return held


def next_release(party: str, tables: Sequence[ReceiptedDataset], buyer: str) -> Release:
    """The release a party may make next, of these tables to this buyer (a fingerprint)."""
    return Release(party, None, "+".join(table.manifest_hash for table in tables), buyer)


def fingerprint_of(key: str) -> str:
    """The fingerprint of a public key in hex."""
    return PublicKey.parse(key).fingerprint()


def _allocations(own: Sequence[Admitted], buyer: str) -> dict[str, int]:
    """The caps of a buyer's accounts: where several tables name one, the least they allow."""
    caps: dict[str, int] = {}
    for each in own:
        for account in buyer_accounts(each.table, buyer):
            caps[account] = min(each.allocation_units, caps.get(account, each.allocation_units))
    return caps


def give_back(platform: Platform, job: Job, *, now: int) -> None:
    """Give back what a job holds still, for whichever party."""
    for party in job.parties:
        give_back_of(platform, reservation_of(job, party), now=now)


def give_back_of(platform: Platform, key: str, *, now: int) -> None:
    """Give back one party's reservation, if it is held still."""
    try:
        platform.ledger.cancel(key, now=now)
    except (NotFound, Conflict):
        # It ended before anything was reserved, or after its debit: spent is spent.
        return
