"""Charge what an agent's receipt says: what is spent is spent, whatever became of the reservation.

The agent's ledger decides; its receipt is the point of no return. This ledger follows it, so that
both equal the receipts:

    reservation live      it is debited
    given back or ended   (the job ended before its release came) the same charges under `/late`
    no room left          (given to another job meanwhile) the cap is raised to what is spent, and
                          nothing is left of it
"""

from __future__ import annotations

from typing import Final

from crypto.identity import PublicKey
from market.errors import Conflict, NotFound, Refused
from market.job import Job
from market.policy.accounts import rho_charges
from market.ports.ledger import Charge
from market.records.manifest import Manifest
from market.services.end_job import give_back
from market.services.platform import Platform

# Of what is known to be spent, nothing is ever given back.
_NEVER: Final = 2**62


def settle_release(
    platform: Platform, job: Job, manifest: Manifest, rho_units: int, *, now: int
) -> None:
    """Debit a release's rho, or give the reservation back where it costs none. Idempotent."""
    if rho_units == 0:
        give_back(platform, job, now=now)
        return
    buyer = PublicKey.parse(job.buyer_key).fingerprint()
    charges = rho_charges(manifest, buyer, rho_units)
    key = f"job/{job.job}"
    try:
        # Finds the reservation made at planning, or makes it for a question that looked like a
        # repetition to the platform but not to the agent.
        until = now + platform.waits.reservation_seconds
        _hold(platform, key, charges, now=now, expires_at=until)
        platform.ledger.debit(key, now=now)
    except Conflict as ended:
        if ended.code != "reservation-ended":
            raise
        give_back(platform, job, now=now)
        _hold(platform, f"{key}/late", charges, now=now, expires_at=_NEVER)
        platform.ledger.debit(f"{key}/late", now=now)


def _hold(
    platform: Platform, key: str, charges: tuple[Charge, ...], *, now: int, expires_at: int
) -> None:
    try:
        platform.ledger.reserve(key, charges, now=now, expires_at=expires_at)
    except (Refused, NotFound):
        _make_room(platform, charges)
        platform.ledger.reserve(key, charges, now=now, expires_at=expires_at)


def _make_room(platform: Platform, charges: tuple[Charge, ...]) -> None:
    for charge in charges:
        try:
            found = platform.ledger.balance(charge.account)
            needed = found.spent_units + found.reserved_units + charge.units
            cap_units = max(found.cap_units, needed)
        except NotFound:
            # A buyer whose question looked like a repetition has no account yet.
            cap_units = charge.units
        platform.ledger.open_account(charge.account, cap_units)
