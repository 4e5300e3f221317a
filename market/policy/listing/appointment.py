"""Which agent counts: the one of the owner's newest appointment, and no other."""

from __future__ import annotations

from crypto.identity import PublicKey
from market.errors import Conflict, Refused
from market.records.appointment import AgentAppointment
from market.records.signed import Signed


def is_next(appointment: Signed[AgentAppointment], newest: Signed[AgentAppointment] | None) -> bool:
    """Whether an appointment is to be kept; False for the newest again.

    Raises:
        Conflict: `agent-appointed`: another agent is appointed, or the number is not the next.
    """
    if appointment == newest:
        return False
    number = newest.record.number if newest else 0
    if appointment.record.number != number + 1:
        raise Conflict(
            "agent-appointed",
            f"Appointment {number} names agent {_named(newest)}; this one has number "
            f"{appointment.record.number}, expected {number + 1}.",
            "Restore that agent from its backup; or, if it is lost for good, appoint another: "
            "market agent replace.",
        )
    return True


def check_appointed(agent: str, newest: Signed[AgentAppointment] | None) -> None:
    """Require that `agent` (a public key in hex) is the appointed one.

    Raises:
        Refused: `agent-not-appointed`, with both fingerprints.
    """
    if newest is None or newest.record.agent != agent:
        raise Refused(
            "agent-not-appointed",
            f"Agent {PublicKey.parse(agent).fingerprint()} is not the one its owner has "
            f"appointed, which is {_named(newest)}.",
            "Its owner publishes with the appointed agent; a lost one is replaced by "
            "`market agent replace`.",
        )


def _named(newest: Signed[AgentAppointment] | None) -> str:
    return PublicKey.parse(newest.record.agent).fingerprint() if newest else "none yet"
