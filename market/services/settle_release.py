"""Charge what an agent's receipt says: what is spent is spent, whatever became of the reservation.

The agent's ledger decides; its receipt is the point of no return. This ledger follows it, party by
party, so that both stay equal:

    reservation live      it is debited
    given back or ended   (the job ended before its release came) the same charges under `/instead`
    released to others    (the receipt charges the buyer as if it were new) it is given back, and
                          the buyer's part alone is charged under `/instead`
    no room left          (given to another job meanwhile) the cap is raised to what is spent, and
                          nothing is left of it
"""

from __future__ import annotations

from typing import Final

from market.entities.account import Charge
from market.entities.job import Job
from market.errors import Conflict, NotFound, Refused
from market.policy.repeats import rho_cost
from market.services.plan_job import fingerprint_of, released_to
from market.services.platform import Platform
from market.services.reserve_budget import give_back_of, reservation_of
from market.services.sources import Part

# Of what is known to be spent, nothing is ever given back.
_NEVER: Final = 2**62


def settle_release(platform: Platform, job: Job, part: Part, rho_units: int, *, now: int) -> None:
    """Debit what a party's release takes, or give its reservation back where it is free.

    The other parties' reservations stay as they are. Idempotent.

    Args:
        rho_units: what the party's receipt charges.
    """
    key = reservation_of(job, part.party)
    if rho_units == 0:
        give_back_of(platform, key, now=now)
        return
    cost = rho_cost(part.tables, fingerprint_of(job.buyer_key), rho_units)
    if not cost.whole:
        return
    # The receipt says what the buyer pays; whether the people pay, the receipts before it say.
    due = cost.due_by_receipt(released_to(platform, job, part.party, job.opening or ""))
    if due == cost.whole:
        is_settled = _debit(platform, key, due, now=now)
    else:
        is_settled = _was_debited(platform, key, now=now)
    if not is_settled:
        _debit_instead(platform, key, due, now=now)


def _debit(platform: Platform, key: str, charges: tuple[Charge, ...], *, now: int) -> bool:
    """Whether the party's reservation was debited: the one made at planning, or one made here for
    a question that looked like the buyer's own to the platform but not to the agent."""
    try:
        until = now + platform.waits.reservation_seconds
        _hold(platform, key, charges, now=now, expires_at=until)
        platform.ledger.debit(key, now=now)
    except Conflict as ended:
        if ended.code != "reservation-ended":
            raise
        give_back_of(platform, key, now=now)
        return False
    return True


def _was_debited(platform: Platform, key: str, *, now: int) -> bool:
    """Give the reservation back; True if it was settled as the first of its opening already."""
    try:
        platform.ledger.cancel(key, now=now)
    except NotFound:
        return False
    except Conflict:
        return True
    return False


def _debit_instead(platform: Platform, key: str, charges: tuple[Charge, ...], *, now: int) -> None:
    instead = f"{key}/instead"
    try:
        _hold(platform, instead, charges, now=now, expires_at=_NEVER)
    except Conflict as differs:
        # It was settled before a crash, when no other receipt of its opening had come yet.
        if differs.code != "reservation-differs":
            raise
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
