"""Consortia: what their members have signed, to them alone, and what they sign next."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from market.entities.consortium import Consortium
from market.policy.consortia.consortium_documents import documents_of
from market.portal.access import CallerHere, Now, PlatformHere
from market.portal.bodies import MAXIMUM_CONSORTIUM_BYTES, ApiRoute, Body
from market.services.authorize import require_scope
from market.services.consortia.bind_table import bind_table
from market.services.consortia.join_consortium import consent_to_agreement, join_consortium
from market.services.consortia.leave_consortium import leave_consortium
from market.services.consortia.propose_consortium import propose_consortium
from market.services.consortia.read_consortium import list_consortia, read_consortium

router = APIRouter(prefix="/api/v1/consortia", route_class=ApiRoute)

_WORD = Field(max_length=100_000)


class ProposalDocument(Body):
    proposal: str = Field(max_length=MAXIMUM_CONSORTIUM_BYTES)


class JoiningDocument(Body):
    joining: str = _WORD


class ConsentDocument(Body):
    consent: str = _WORD


class BindingDocument(Body):
    binding: str = _WORD


class DepartureDocument(Body):
    departure: str = _WORD


@router.get("")
def every_one(platform: PlatformHere, caller: CallerHere) -> list[dict[str, Any]]:
    """The consortia of the caller's organisation, at their newest agreement."""
    return [_summary(found) for found in list_consortia(platform, caller.user)]


@router.get("/{consortium}")
def one(
    consortium: str, platform: PlatformHere, caller: CallerHere, number: int | None = None
) -> dict[str, Any]:
    """All documents of one agreement as they were signed; of the newest without a number."""
    return _whole(read_consortium(platform, caller.user, consortium, number))


@router.post("", status_code=201)
def propose(
    body: ProposalDocument, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Propose a consortium, or its next agreement, by the caller's signed proposal."""
    user = require_scope(caller, "owner")
    return _whole(propose_consortium(platform, user, body.proposal, now=now))


@router.post("/{consortium}/joinings", status_code=201)
def join(
    consortium: str, body: JoiningDocument, platform: PlatformHere, caller: CallerHere
) -> dict[str, Any]:
    """Take the seat of the caller's organisation."""
    user = require_scope(caller, "owner")
    return _whole(join_consortium(platform, user, consortium, body.joining))


@router.post("/{consortium}/consents", status_code=201)
def consent(
    consortium: str, body: ConsentDocument, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take a member's signed consent to the agreement."""
    user = require_scope(caller, "owner")
    return _whole(consent_to_agreement(platform, user, consortium, body.consent, now=now))


@router.post("/{consortium}/bindings", status_code=201)
def bind(
    consortium: str, body: BindingDocument, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take a member's signed word on whose budget their table is; the table stays where it is."""
    user = require_scope(caller, "owner")
    return _whole(bind_table(platform, user, consortium, body.binding, now=now))


@router.post("/{consortium}/departures", status_code=201)
def leave(
    consortium: str, body: DepartureDocument, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take a member's signed word that they leave: the agreement has ended."""
    user = require_scope(caller, "owner")
    return _whole(leave_consortium(platform, user, consortium, body.departure, now=now))


def _summary(found: Consortium) -> dict[str, Any]:
    proposal = found.proposal.record
    return {
        "consortium": found.consortium,
        "number": found.number,
        "title": proposal.title,
        "composition": proposal.composition,
        "organisations": list(found.organisations),
        "state": found.state,
    }


def _whole(found: Consortium) -> dict[str, Any]:
    return {**_summary(found), **asdict(documents_of(found))}
