"""Which agent an owner has appointed, and which tables it may find there to know."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from market.portal.access import CallerHere, Now, PlatformHere
from market.portal.bodies import ApiRoute, Body
from market.services.access.appoint_agent import appoint_agent, list_appointments
from market.services.authorize import require_scope
from market.services.publish.read_publications import newest_publications, read_publication

router = APIRouter(prefix="/api/v1/agent", route_class=ApiRoute)


class Appointment(Body):
    appointment: str = Field(max_length=10_000)


@router.get("/appointments")
def appointments(platform: PlatformHere, caller: CallerHere) -> list[dict[str, Any]]:
    """Every appointment of the caller, by number; the last one counts."""
    return [
        {"appointment": signed.encode().decode()}
        for signed in list_appointments(platform, caller.user)
    ]


@router.post("/appointments", status_code=201)
def appoint(
    body: Appointment, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take the owner's signed word on which agent is theirs."""
    appoint_agent(platform, require_scope(caller, "owner"), body.appointment, now=now)
    return {"status": "appointed"}


@router.get("/publications")
def publications(platform: PlatformHere, caller: CallerHere) -> list[dict[str, Any]]:
    """The newest version of each of the caller's datasets; every lower one is listed too."""
    user = require_scope(caller, "agent")
    return [
        {"dataset": found.dataset, "version": found.listing.record.version}
        for found in newest_publications(platform, user)
    ]


@router.get("/publication")
def publication(
    platform: PlatformHere, caller: CallerHere, dataset: str, version: int
) -> dict[str, Any]:
    """One version of one of the caller's datasets, as it was signed."""
    user = require_scope(caller, "agent")
    found = read_publication(platform, user, dataset, version)
    return {
        "listing": found.listing.encode().decode(),
        "manifest": found.manifest.encode().decode(),
    }
