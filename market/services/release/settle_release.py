"""Charge what an agent's receipt says: what is spent is spent, whatever became of the reservation.

The agent's ledger decides; its receipt is the point of no return. This ledger follows it, party by
party, so that both stay equal:

    reservation live      it is debited
    given back or ended   (the job ended before its release came) the same charges under `/instead`
    released in part      (to others: the receipt charges the buyer as if it were new; or to the
                          buyer since it was held) it is given back, and what is due is charged
                          under `/instead`
    no room left          (given to another job meanwhile) the cap is raised to what is spent, and
                          nothing is left of it
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from crypto import canonical
from market import wire
from market.entities.account import Charge
from market.entities.job import Job
from market.errors import Conflict, NotFound, Refused
from market.policy.budget.repeats import payers
from market.pricing.opening import Opening
from market.records.receipt import Receipt
from market.services.jobs.reserve_budget import give_back_of, next_release, reservation_of
from market.services.platform import Platform
from market.services.sources import Part

# Of what is known to be spent, nothing is ever given back.
_NEVER: Final = 2**62


def settle_release(platform: Platform, job: Job, part: Part, receipt: Receipt, *, now: int) -> None:
    """Debit what a party's release takes, or give its reservation back where it is free, and
    remember what it opened.

    The other parties' reservations stay as they are. Idempotent: what was opened before is looked
    up by the receipt's place in its chain, which every repetition finds as the first did.
    """
    key, opening = reservation_of(job, part.party), _opening_of(platform, job)
    release = replace(
        next_release(part.party, part.tables, receipt.buyer), sequence=receipt.sequence
    )
    had = platform.openings.had(release, opening)
    # The receipt says what the buyer pays; what the people lose, the receipts before it say.
    cost = payers(part.tables, receipt.buyer).due_by_receipt(opening, had, receipt.rho_units)
    if not cost.whole:
        give_back_of(platform, key, now=now)
    elif not _debit(platform, key, cost.whole, now=now):
        _debit_instead(platform, key, cost.whole, now=now)
    platform.openings.record(release, opening)


def _opening_of(platform: Platform, job: Job) -> Opening:
    text = platform.jobs.documents(job.job).need("opening")
    return wire.from_json(Opening, canonical.loads(text.encode()))


def _debit(platform: Platform, key: str, charges: tuple[Charge, ...], *, now: int) -> bool:
    """Whether the party's reservation was debited: the one made at planning, or one made here for
    a question that looked like the buyer's own to the platform but not to the agent."""
    try:
        until = now + platform.waits.reservation_seconds
        _hold(platform, key, charges, now=now, expires_at=until)
        platform.ledger.debit(key, now=now)
    except Conflict as ended:
        if ended.code not in ("reservation-ended", "reservation-differs"):
            raise
        give_back_of(platform, key, now=now)
        return False
    return True


def _debit_instead(platform: Platform, key: str, charges: tuple[Charge, ...], *, now: int) -> None:
    instead = f"{key}/instead"
    _hold(platform, instead, charges, now=now, expires_at=_NEVER)
    platform.ledger.debit(instead, now=now)


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
