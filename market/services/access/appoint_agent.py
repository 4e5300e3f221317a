"""An owner names the one agent whose manifests, approvals and releases count."""

from __future__ import annotations

from crypto.errors import CryptoError
from market.entities.dataset import Dataset
from market.entities.people import User
from market.errors import Refused
from market.policy.listing.appointment import check_appointed
from market.records.appointment import AgentAppointment
from market.records.signed import Signed, open_signed
from market.services.authorize import require_owner
from market.services.platform import Platform


def appoint_agent(platform: Platform, user: User, appointment_text: str, *, now: int) -> None:
    """Keep an owner's next appointment; jobs of the agent before are answered no more.

    Raises:
        NotPermitted: the user is not an owner or has not registered an identity key.
        Refused: `appointment-invalid`: it is not this owner's word.
        Conflict: `agent-appointed`: another agent is appointed, and this is not the next number.
    """
    require_owner(user, "appoint an agent")
    try:
        signed = open_signed(AgentAppointment, appointment_text.encode(), signer=user.identity_key)
    except CryptoError as error:
        raise Refused(
            "appointment-invalid",
            f"The appointment was not accepted: {error}.",
            "Appoint again with the installed client and the registered identity key.",
        ) from error
    platform.appointments.add(user.user, signed, now=now)


def appointed(platform: Platform, owner: str) -> Signed[AgentAppointment] | None:
    """The newest appointment of an owner."""
    kept = platform.appointments.of_owner(owner)
    return kept[-1] if kept else None


def list_appointments(platform: Platform, user: User) -> list[Signed[AgentAppointment]]:
    """Every appointment of the user's, by number; the last one counts."""
    return platform.appointments.of_owner(user.user)


def appointment_text(platform: Platform, owner: str) -> str:
    """The newest appointment as its owner signed it; empty where there is none."""
    newest = appointed(platform, owner)
    return newest.encode().decode() if newest else ""


def require_appointed(platform: Platform, dataset: Dataset) -> None:
    """That a dataset version's agent is its owner's appointed one (raises Refused)."""
    check_appointed(dataset.manifest.record.agent, appointed(platform, dataset.owner))
