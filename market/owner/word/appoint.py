"""The owner's word on which agent is theirs: one at a time, numbered, for everybody to see."""

from __future__ import annotations

from crypto.identity import PublicKey, SigningKey
from market.client.http.api import PortalClient
from market.client.verify.own_appointments import appointments
from market.errors import Conflict, Refused
from market.policy.listing.appointment import check_appointed
from market.records.appointment import AgentAppointment, AgentKeys
from market.records.signed import sign_record


def require_none(portal: PortalClient) -> None:
    """That the owner has no agent yet (raises Conflict `agent-appointed`)."""
    kept = appointments(portal, owner_key=None)
    if kept:
        newest = kept[-1].record
        raise Conflict(
            "agent-appointed",
            f"You have an agent, {PublicKey.parse(newest.agent).fingerprint()} "
            f"(appointment {newest.number}): a second one would be a second ledger.",
            "Restore it from its backup: market agent restore. Only if it is lost for good: "
            "market agent replace.",
        )


def ensure_appointed(
    portal: PortalClient, identity: SigningKey, agent: AgentKeys, *, now: int
) -> None:
    """Appoint the owner's first agent; later, that it is this one.

    Raises:
        Refused: `agent-not-appointed`: another one is appointed.
    """
    kept = appointments(portal, owner_key=identity.public.hex)
    if kept:
        check_appointed(agent.agent, kept[-1])
    else:
        _appoint(portal, identity, agent, number=1, now=now)


def replace_agent(portal: PortalClient, identity: SigningKey, agent: AgentKeys, *, now: int) -> int:
    """Appoint another agent in the place of the one before; returns the appointment's number.

    Appointing the appointed one again changes nothing.

    Raises:
        Refused: `no-agent-appointed`: there is none to replace.
    """
    kept = appointments(portal, owner_key=identity.public.hex)
    if not kept:
        raise Refused(
            "no-agent-appointed",
            "You have no agent yet.",
            "Make one: market agent init; its first publication appoints it.",
        )
    newest = kept[-1].record
    if newest.agent == agent.agent:
        return newest.number
    _appoint(portal, identity, agent, number=newest.number + 1, now=now)
    return newest.number + 1


def _appoint(
    portal: PortalClient, identity: SigningKey, agent: AgentKeys, *, number: int, now: int
) -> None:
    signed = sign_record(identity, AgentAppointment(agent, number, now))
    portal.post("agent/appointments", {"appointment": signed.encode().decode()})
