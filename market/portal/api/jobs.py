"""Jobs: submit, sign, approve, release, fetch."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field

from market.entities.dataset import Dataset
from market.entities.fork import Fork
from market.policy.consortia.consortium_documents import documents_of
from market.policy.submission.submission import Submission
from market.policy.submission.submission_key import read_header
from market.portal.access import CallerHere, Now, PlatformHere
from market.portal.bodies import ApiRoute, Body
from market.portal.replies import jobs as replies_jobs
from market.portal.replies.jobs import EventLine, ForkPage, JobLine, SubmittedJob, WholeJob
from market.portal.run_starter import RunStarter
from market.services.access.appoint_agent import appointment_text
from market.services.authorize import asked_job, require_owner_or_agent, require_scope
from market.services.compute.accept_approval import accept_approval, accept_refusal
from market.services.compute.accept_request import accept_request
from market.services.jobs.end_job import cancel_job
from market.services.jobs.list_jobs import MOST_JOBS, PAGE_JOBS, jobs_asked, jobs_on_own_data
from market.services.jobs.read_job import PartyAnswers, read_job, read_receipt
from market.services.platform import Platform
from market.services.release.accept_abort import accept_abort
from market.services.release.accept_release import accept_release
from market.services.release.deliver_result import deliver_result
from market.services.release.keep_receipts import PAGE_FORKS, read_forks
from market.services.submit.submit_once import submit_once

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)

_DOCUMENT = Field(max_length=16 * 1024 * 1024)
_WORD = Field(max_length=100_000)

SubmittedFields = dict[str, Annotated[str, Field(max_length=2_000)]]
"""A submission's members (market.policy.submission.submission), and the token of its repository."""


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
    request: Request,
    body: SubmittedFields,
    platform: PlatformHere,
    caller: CallerHere,
    now: Now,
    idempotency_key: Annotated[str, Header(max_length=200)] = "",
) -> SubmittedJob:
    """Submit a program at a commit: a job that is planned, priced and then waits for signatures.

    A deploy token for a private repository stands beside the submission, as `token`. Sent again
    under the same key, it is the same job, `repeated`.
    """
    user = require_scope(caller, "client")
    token = body.pop("token", "")
    key = read_header(idempotency_key) if idempotency_key else ""
    asked = Submission.from_json(body)
    taken = submit_once(platform, user, asked, key=key, now=now, token=token)
    if not taken.is_repeated:
        starter: RunStarter = request.app.state.starter
        starter.start(taken.job, user.user, now=now)
    return SubmittedJob.of(taken.job, repeated=taken.is_repeated)


@router.get("/jobs")
def jobs(
    platform: PlatformHere,
    caller: CallerHere,
    after: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_JOBS)] = PAGE_JOBS,
    of: Literal["asked", "own-data"] = "asked",
) -> list[JobLine]:
    """Jobs that the caller's organisation asked, or those on the caller's own data, newest first: a
    page of them, from behind `after`."""
    read = jobs_asked if of == "asked" else jobs_on_own_data
    found = read(platform, caller.user, after=after, limit=limit)
    return [JobLine.of(job) for job in found.jobs] if found else []


@router.get("/jobs/{job}")
def one(job: str, platform: PlatformHere, caller: CallerHere) -> WholeJob:
    """A job, and the documents that its buyer's client checks before it signs."""
    read = read_job(platform, caller.user, job)
    kept = read.documents
    return WholeJob.of(
        read.job,
        plan=kept.find("plan"),
        trace=kept.find("trace"),
        quote=kept.find("quote"),
        request=kept.find("request"),
        publications=tuple(_publication(platform, dataset) for dataset in read.datasets),
        consortium=documents_of(read.consortium) if read.consortium else None,
        answers=tuple(map(_party, read.answers)),
    )


@router.get("/jobs/{job}/timeline")
def timeline(job: str, platform: PlatformHere, caller: CallerHere) -> list[EventLine]:
    """What has happened to a job, in order."""
    return [
        EventLine(at=event.at, step=event.step, text=event.text)
        for event in read_job(platform, caller.user, job).timeline
    ]


@router.post("/jobs/{job}/request")
def sign(
    job: str, body: SignedRequest, platform: PlatformHere, caller: CallerHere, now: Now
) -> JobLine:
    """Take the buyer's signed request."""
    asked_job(platform, require_scope(caller, "client"), job)
    return JobLine.of(accept_request(platform, job, body.request, now=now))


@router.post("/jobs/{job}/cancel")
def cancel(job: str, platform: PlatformHere, caller: CallerHere, now: Now) -> JobLine:
    """Take a job back, while nobody has approved it."""
    return JobLine.of(cancel_job(platform, require_scope(caller, "client"), job, now=now))


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
) -> ForkPage:
    """Receipts that do not continue the chain of an agent of the caller's, each with the one in its
    way; of every agent, for an administrator. A page of them, and `further`, the `after` of the
    next one, where there is one."""
    found = read_forks(platform, caller.user, after=after, limit=limit)
    return ForkPage(items=tuple(map(_fork, found.forks)), further=found.further)


@router.post("/jobs/{job}/approval")
def approve(
    job: str, body: SignedApproval, platform: PlatformHere, caller: CallerHere, now: Now
) -> JobLine:
    """Take the owner's or their agent's signed approval; of a consortium's member with its joining
    of the session."""
    user = require_owner_or_agent(caller)
    return JobLine.of(accept_approval(platform, user, job, body.approval, body.join, now=now))


@router.post("/jobs/{job}/refusal")
def refuse(
    job: str, body: SignedRefusal, platform: PlatformHere, caller: CallerHere, now: Now
) -> JobLine:
    """Take their signed refusal, which ends the job."""
    user = require_owner_or_agent(caller)
    return JobLine.of(accept_refusal(platform, user, job, body.refusal, now=now))


@router.post("/jobs/{job}/release")
def release(
    job: str, body: Release, platform: PlatformHere, caller: CallerHere, now: Now
) -> JobLine:
    """Take an agent's release: shares sealed to the buyer, and their receipt."""
    user = require_scope(caller, "agent")
    done = accept_release(platform, user, job, body.envelope, body.receipt, now=now)
    return JobLine.of(done)


@router.post("/jobs/{job}/abort")
def abort(job: str, body: Abort, platform: PlatformHere, caller: CallerHere, now: Now) -> JobLine:
    """Take a member's signed word that its session broke off, and its receipt where that was
    charged all the same."""
    user = require_scope(caller, "agent")
    done = accept_abort(platform, user, job, body.abort, body.receipt, now=now)
    return JobLine.of(done)


def _publication(platform: Platform, dataset: Dataset) -> replies_jobs.Publication:
    listing = dataset.listing
    return replies_jobs.Publication(
        dataset=listing.record.dataset,
        version=listing.record.version,
        listing=listing.encode().decode(),
        manifest=dataset.manifest.encode().decode(),
        appointment=appointment_text(platform, dataset.owner),
    )


def _party(answer: PartyAnswers) -> replies_jobs.PartyLine:
    return replies_jobs.PartyLine(
        party=answer.party,
        organisation=answer.organisation,
        datasets=answer.names,
        approved=answer.has_approved,
        released=answer.has_released,
        aborted=answer.has_aborted,
    )


def _fork(fork: Fork) -> replies_jobs.ForkLine:
    return replies_jobs.ForkLine(
        agent=fork.offered.signer,
        sequence=fork.offered.record.sequence,
        held=fork.held.encode().decode(),
        offered=fork.offered.encode().decode(),
        seen_at=fork.seen_at,
    )
