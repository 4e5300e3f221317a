"""A member's document as it arrives: whose it is, before anything is made of it."""

from __future__ import annotations

from typing import TypeVar

from crypto import canonical
from crypto.errors import CryptoError, FormatError
from market.entities.people import User
from market.errors import NotPermitted, Refused
from market.records.consortium import Proposal, check_enough_members
from market.records.signed import Record, Signed, open_signed

R = TypeVar("R", bound=Record)


def signed_by(user: User, kind: type[R], text: str) -> Signed[R]:
    """A document that the user signed with their registered key.

    Raises:
        Refused: `consortium-document-invalid`; of a proposal `consortium-too-small`, `-too-large`.
    """
    try:
        if kind is Proposal:
            check_enough_members(_seats(text))
        return open_signed(kind, text.encode(), signer=user.identity_key)
    except CryptoError as error:
        raise Refused(
            "consortium-document-invalid",
            f"The document was not accepted: {error}.",
            "Make it again with the installed client and the registered identity key.",
        ) from error


def require_own_seat(user: User, organisation: str) -> None:
    """That the user speaks for this organisation (raises NotPermitted, `not-your-seat`)."""
    if user.organisation != organisation:
        raise NotPermitted(
            "not-your-seat",
            f"The seat of {organisation:.60} is not {user.organisation}'s.",
            "Its own people speak for it.",
        )


def _seats(text: str) -> int:
    """How many members a proposal names; too few must be told so, and not as a broken document."""
    value = canonical.loads(text.encode())
    record = value.get("record") if isinstance(value, dict) else None
    seats = record.get("seats") if isinstance(record, dict) else None
    if not isinstance(seats, list):
        raise FormatError("the proposal names no seats")
    return len(seats)
