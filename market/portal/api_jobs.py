"""Jobs: submit, sign, approve, release, fetch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from market import wire
from market.entities.job import End, Job
from market.policy.consortium_documents import documents_of
from market.policy.submission import Submission
from market.portal.access import CallerHere, Now, PlatformHere
from market.portal.bodies import ApiRoute, Body
from market.portal.run_starter import RunStarter
from market.records.listing import Listing
from market.services.accept_abort import accept_abort
from market.services.accept_approval import accept_approval, accept_refusal
from market.services.accept_release import accept_release
from market.services.accept_request import accept_request
from market.services.appoint_agent import appointment_text
from market.services.authorize import asked_job, require_owner_or_agent, require_scope
from market.services.deliver_result import deliver_result
from market.services.end_job import cancel_job
from market.services.keep_receipts import PAGE_FORKS, read_forks
from market.services.list_jobs import MOST_JOBS, PAGE_JOBS, jobs_asked
from market.services.read_inbox import read_inbox
from market.services.read_job import read_job, read_receipt
from market.services.submit_job import submit_job

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)

_DOCUMENT = Field(max_length=16 * 1024 * 1024)
_WORD = Field(max_length=100_000)

SubmittedFields = dict[str, Annotated[str, Field(max_length=2_000)]]
"""A submission's members (market.policy.submission)."""


class SignedRequest(Body):
    request: str = _WORD


class SignedApproval(Body):
    approval: str = _WORD
    join: str = Field("", max_length=100_000)


class SignedRefusal(Body):
    refusal: str = _WORD


class Abort(Body):
    abort: str = _WORD
    receipt: str = Field("", max_length=100_000)


class Release(Body):
    envelope: str = _DOCUMENT
    receipt: str = _DOCUMENT


@router.post("/jobs", status_code=201)
def submit(
    request: Request, body: SubmittedFields, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Submit a program at a commit: a job that is planned, priced and then waits for signatures."""
    user = require_scope(caller, "client")
    job = submit_job(platform, user, Submission.from_json(body), now=now)
    starter: RunStarter = request.app.state.starter
    starter.start(job, user.user, now=now)
    return job_json(job)


@router.get("/jobs")
def jobs(
    platform: PlatformHere,
    caller: CallerHere,
    after: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_JOBS)] = PAGE_JOBS,
) -> list[dict[str, Any]]:
    """Jobs of the caller's organisation, newest first: a page of them, from behind `after`."""
    found = jobs_asked(platform, caller.user, after=after, limit=limit)
    return [job_json(job) for job in found.jobs]


@router.get("/jobs/{job}")
def one(job: str, platform: PlatformHere, caller: CallerHere) -> dict[str, Any]:
    """A job, and the documents that its buyer's client checks before it signs."""
    read = read_job(platform, caller.user, job)
    kept = read.documents
    return {
        **job_json(read.job),
        "plan": kept.find("plan"),
        "trace": kept.find("trace"),
        "quote": kept.find("quote"),
        "request": kept.find("request"),
        "publications": [
            {
                **named_json(dataset.listing.record),
                "listing": dataset.listing.encode().decode(),
                "manifest": dataset.manifest.encode().decode(),
                "appointment": appointment_text(platform, dataset.owner),
            }
            for dataset in read.datasets
        ],
        "consortium": asdict(documents_of(read.consortium)) if read.consortium else None,
        "answers": [
            {
                "party": answer.party,
                "organisation": answer.organisation,
                "datasets": list(answer.names),
                "approved": answer.has_approved,
                "released": answer.has_released,
                "aborted": answer.has_aborted,
            }
            for answer in read.answers
        ],
    }


@router.get("/jobs/{job}/timeline")
def timeline(job: str, platform: PlatformHere, caller: CallerHere) -> list[dict[str, Any]]:
    """What has happened to a job, in order."""
    return [
        {"at": event.at, "step": event.step, "text": event.text}
        for event in read_job(platform, caller.user, job).timeline
    ]


@router.post("/jobs/{job}/request")
def sign(
    job: str, body: SignedRequest, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take the buyer's signed request."""
    asked_job(platform, require_scope(caller, "client"), job)
    return job_json(accept_request(platform, job, body.request, now=now))


@router.post("/jobs/{job}/cancel")
def cancel(job: str, platform: PlatformHere, caller: CallerHere, now: Now) -> dict[str, Any]:
    """Take a job back, while nobody has approved it."""
    return job_json(cancel_job(platform, require_scope(caller, "client"), job, now=now))


@router.get("/jobs/{job}/bundle")
def bundle(job: str, platform: PlatformHere, caller: CallerHere) -> Response:
    """The sealed result, as the exact bytes a client opens."""
    data = deliver_result(platform, caller.user, job)
    headers = {"Content-Disposition": f'attachment; filename="{job}.sealed.json"'}
    return Response(data, media_type="application/json", headers=headers)


@router.get("/jobs/{job}/receipts/{party}")
def receipt(
    job: str,
    party: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    platform: PlatformHere,
    caller: CallerHere,
) -> Response:
    """The receipt of one party, countersigned; a party is its agent's key in hex."""
    data = read_receipt(platform, caller.user, job, party)
    headers = {"Content-Disposition": f'attachment; filename="{job}.{party[:16]}.receipt.json"'}
    return Response(data, media_type="application/json", headers=headers)


@router.get("/receipts/forks")
def forks(
    platform: PlatformHere,
    caller: CallerHere,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE_FORKS)] = PAGE_FORKS,
) -> dict[str, Any]:
    """Receipts that do not continue the chain of an agent of the caller's, each with the one in its
    way; of every agent, for an administrator. A page of them, and `further`, the `after` of the
    next one, where there is one."""
    found = read_forks(platform, caller.user, after=after, limit=limit)
    return {
        "items": [
            {
                "agent": fork.offered.signer,
                "sequence": fork.offered.record.sequence,
                "held": fork.held.encode().decode(),
                "offered": fork.offered.encode().decode(),
                "seen_at": fork.seen_at,
            }
            for fork in found.forks
        ],
        "further": found.further,
    }


@router.get("/inbox")
def inbox(platform: PlatformHere, caller: CallerHere, now: Now) -> list[dict[str, Any]]:
    """What waits for the caller's hand, each with the command that does it."""
    return [
        {
            "kind": item.kind,
            "subject": item.subject,
            "text": item.text,
            "command": item.command,
            "since": item.since,
            "key": item.key,
        }
        for item in read_inbox(platform, caller.user, now=now)
    ]


@router.post("/jobs/{job}/approval")
def approve(
    job: str, body: SignedApproval, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take the owner's or their agent's signed approval; of a consortium's member with its joining
    of the session."""
    user = require_owner_or_agent(caller)
    return job_json(accept_approval(platform, user, job, body.approval, body.join, now=now))


@router.post("/jobs/{job}/refusal")
def refuse(
    job: str, body: SignedRefusal, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take their signed refusal, which ends the job."""
    user = require_owner_or_agent(caller)
    return job_json(accept_refusal(platform, user, job, body.refusal, now=now))


@router.post("/jobs/{job}/release")
def release(
    job: str, body: Release, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take an agent's release: shares sealed to the buyer, and their receipt."""
    user = require_scope(caller, "agent")
    done = accept_release(platform, user, job, body.envelope, body.receipt, now=now)
    return job_json(done)


@router.post("/jobs/{job}/abort")
def abort(
    job: str, body: Abort, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Take a member's signed word that its session broke off, and its receipt where that was
    charged all the same."""
    user = require_scope(caller, "agent")
    done = accept_abort(platform, user, job, body.abort, body.receipt, now=now)
    return job_json(done)


def named_json(listing: Listing) -> dict[str, Any]:
    """A dataset version by its name, as in a job's `datasets`."""
    return {"dataset": listing.dataset, "version": listing.version}


def job_json(job: Job) -> dict[str, Any]:
    """What a job list shows of a job."""
    why = job.end or End("", "", "")
    return {
        "job": job.job,
        "run": job.run,
        "organisation": job.organisation,
        "buyer": job.buyer,
        "buyer_key": job.buyer_key,
        "datasets": [wire.to_json(asked) for asked in job.datasets],
        "parties": list(job.parties),
        "repository": job.repository,
        "commit": job.commit,
        "epsilon": job.epsilon,
        "engine": job.engine,
        "verified": job.is_verified,
        "state": job.state,
        "rho_units": job.rho_units,
        "plan_hash": job.plan_hash,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "deadline": job.deadline,
        "code": why.code,
        "message": why.message,
        "next_action": why.next_action,
        "program_says": why.program_says,
    }
