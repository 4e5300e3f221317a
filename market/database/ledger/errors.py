"""What a ledger takes and what it answers when it does not: the same words from every ledger."""

from __future__ import annotations

from market.entities.account import MAXIMUM_UNITS, Charge, Reservation
from market.errors import Conflict, NotFound


def in_order(charges: tuple[Charge, ...]) -> list[Charge]:
    """By account: the order in which every operation takes its locks."""
    return sorted(charges, key=lambda charge: charge.account)


def check_charges(charges: tuple[Charge, ...]) -> None:
    """Return if a ledger may take these charges.

    Raises:
        ValueError: no charge, an account named twice, or units outside 0 to 2^60.
    """
    accounts = [charge.account for charge in charges]
    if not accounts or len(set(accounts)) != len(accounts):
        raise ValueError(f"charges name the accounts {accounts}, expected distinct ones")
    for charge in charges:
        check_units(charge.account, charge.units)


def check_units(account: str, units: int) -> None:
    """Return if an account may hold so many units.

    Raises:
        ValueError: they are outside 0 to 2^60.
    """
    if not 0 <= units <= MAXIMUM_UNITS:
        raise ValueError(f"account {account}: {units} units, expected 0 to 2^60")


def same_charges(found: Reservation, charges: tuple[Charge, ...]) -> Reservation:
    """`found`, if it holds these charges in any order; raises Conflict."""
    if in_order(found.charges) != in_order(charges):
        raise Conflict(
            "reservation-differs",
            f"Reservation {found.key} holds other charges than those asked for now.",
            "One key stands for one operation: take another key.",
        )
    return found


def too_late(reservation: Reservation, now: int) -> Conflict:
    """`reservation-ended`: it was given back, or its time is over."""
    if reservation.state == "cancelled":
        reason = "was given back"
    else:
        reason = f"held until {reservation.expires_at}; it is {now}"
    return Conflict(
        "reservation-ended",
        f"Reservation {reservation.key} {reason}.",
        "Start the operation again under a new key; nothing was spent.",
    )


def debited_already(key: str) -> Conflict:
    """`reservation-debited`: what is spent is spent."""
    return Conflict(
        "reservation-debited",
        f"Reservation {key} was debited: its units are spent for ever.",
        "Nothing can be given back.",
    )


def no_account(account: str) -> NotFound:
    """`no-account`: nothing has opened it yet."""
    return NotFound(
        "no-account",
        f"The ledger has no account {account}.",
        "It is opened when its dataset is published or its grant recorded.",
    )


def no_reservation(key: str) -> NotFound:
    """`no-reservation`: there is none of this key."""
    return NotFound(
        "no-reservation",
        f"The ledger has no reservation {key}.",
        "Reserve first; nothing was spent.",
    )
