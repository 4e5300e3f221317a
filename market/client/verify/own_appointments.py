"""The owner's appointments as the portal shows them, verified: all of them, from the first."""

from __future__ import annotations

from crypto.errors import CryptoError
from market.client.http.api import PortalClient
from market.errors import Refused
from market.records.appointment import AgentAppointment
from market.records.signed import Signed, open_signed


def appointments(portal: PortalClient, *, owner_key: str | None) -> list[Signed[AgentAppointment]]:
    """Every appointment of the owner who is signed in, by number.

    Args:
        owner_key: who must have signed them, in hex; None where nobody here knows it yet.

    Raises:
        Refused: `appointment-invalid`: a number is missing, or another key signed.
    """
    try:
        shown = [
            open_signed(AgentAppointment, str(line["appointment"]).encode(), signer=owner_key)
            for line in portal.get("agent/appointments")
        ]
    except CryptoError as error:
        raise _invalid(f"shows one that does not verify: {error}") from error
    numbers = [signed.record.number for signed in shown]
    if numbers != list(range(1, len(shown) + 1)) or len({s.signer for s in shown}) > 1:
        raise _invalid(f"shows the numbers {numbers}, expected all from 1, by one owner")
    return shown


def _invalid(reason: str) -> Refused:
    return Refused(
        "appointment-invalid",
        f"The portal's list of your agents' appointments {reason}.",
        "Nothing was done. Tell the operator of the portal.",
    )
