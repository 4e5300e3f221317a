"""What an owner's agent polls: work, and its own receipts for reconciliation."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from market.policy.consortia.consortium_documents import documents_of
from market.portal.access import CallerHere, Now, PlatformHere, SettingsHere
from market.portal.bodies import ApiRoute, Body
from market.portal.replies.jobs import AgentsJob
from market.records.consortium_documents import ConsortiumDocuments
from market.services.authorize import require_scope
from market.services.consortia.read_consortium import bound_by
from market.services.jobs.list_jobs import jobs_for_agent
from market.services.release.keep_receipts import keep_receipts
from market.services.release.read_receipts import PAGE_RECEIPTS, read_receipts

router = APIRouter(prefix="/api/v1/agent", route_class=ApiRoute)


@router.get("/work")
def work(platform: PlatformHere, settings: SettingsHere, caller: CallerHere) -> list[AgentsJob]:
    """Jobs on the caller's data that wait for their agent: to approve, or to release.

    `datasets` are all that a job asks, `own` those that this agent answers for, `approval` is its
    own or its owner's. Of a consortium's job `joins` are every member's joining of the session, in
    the order of its parties; none before all have joined. `appointments` are the words of the other
    datasets' owners on their agents, in the job's order. `relay` is where members meet who
    accept no connection, empty for this portal.
    """
    user = require_scope(caller, "agent")
    return [
        AgentsJob.of(
            found.job,
            own=tuple(one for one in found.job.datasets if one.dataset in found.part.names),
            plan=found.documents.find("plan"),
            request=found.documents.find("request"),
            approval=found.documents.find("approval", found.part.party),
            joins=tuple(found.joins),
            appointments=tuple(found.appointments),
            relay=settings.relay_public_url,
        )
        for found in jobs_for_agent(platform, user)
    ]


class Chain(Body):
    agent: str = Field(pattern="^[0-9a-f]{64}$")
    receipts: list[Annotated[str, Field(max_length=100_000)]] = Field(max_length=100)


@router.post("/receipts")
def continue_chain(
    body: Chain, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take receipts beside their releases, in order; answers how far the chain goes."""
    user = require_scope(caller, "agent")
    return {"sequence": keep_receipts(platform, user, body.agent, body.receipts, now=now)}


@router.get("/bindings")
def bindings(platform: PlatformHere, caller: CallerHere) -> list[ConsortiumDocuments]:
    """Of every consortium the caller has bound a table in: all that was signed of the agreement
    they bound the newest to."""
    user = require_scope(caller, "agent")
    return [documents_of(found) for found in bound_by(platform, user)]


@router.get("/receipts")
def receipts(
    platform: PlatformHere,
    caller: CallerHere,
    agent: Annotated[str, Query(pattern="^[0-9a-f]{64}$")],
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE_RECEIPTS)] = PAGE_RECEIPTS,
) -> dict[str, Any]:
    """The chain of one of the caller's agents above the sequence `after`, as it was signed: a page
    of it, and `further`, the `after` of the next one, where there is one."""
    user = require_scope(caller, "agent")
    found = read_receipts(platform, user, agent=agent, after=after, limit=limit)
    return {
        "items": [
            {"sequence": kept.sequence, "job": kept.job, "receipt": kept.document}
            for kept in found.receipts
        ],
        "further": found.further,
    }
