"""The second stage of a consortium's job: bind every approval and joining into one seal.

The platform computes nothing more. Each member makes the same seal from the documents it verifies
itself, and its worker speaks with nobody who comes with another one.
"""

from __future__ import annotations

from crypto import canonical
from crypto.errors import CryptoError
from market.entities.documents import Document, Documents
from market.entities.job import Job, JobEvent, advance
from market.errors import MarketError, Refused
from market.records.sealed_session import SealedSession, seal_session
from market.services.compute.approved_job import approved_request, check_approvals
from market.services.jobs.end_job import end_with
from market.services.platform import Platform
from market.services.sources import agreement_of, require_in_force


def seal_job(platform: Platform, job: Job, *, now: int) -> Job:
    """Bring a consortium's approved job to `evaluated`, or end it with what stopped it.

    Every signature is verified again; done again after a crash it makes the same seal.

    Raises:
        Conflict: the job has no approval yet, has ended, or is the other engine's.
    """
    if job.engine == "members" and job.state == "evaluated":
        return job
    kept, request = approved_request(platform, job, "members")
    try:
        check_approvals(platform, job, kept, now=now)
        require_in_force(platform, job)
        sealed = _sealed(platform, job, kept)
    except MarketError as error:
        return end_with(platform, job, error, now=now)
    deadline = request.expires_at + platform.waits.release_grace_seconds
    evaluated = advance(job, "evaluated", now=now, deadline=deadline)
    text = f"Session {sealed.seal[:12]} of {len(sealed.joins)} members sealed; they compute."
    event = JobEvent(job.job, now, evaluated.state, text)
    document = Document("seal", canonical.dumps(sealed.seal).decode())
    platform.jobs.save(evaluated, expected=job.state, event=event, documents=[document])
    return evaluated


def seal_of_job(kept: Documents) -> str:
    """The seal of a consortium's job, in hex; empty before it is sealed, and of encrypted data."""
    return str(canonical.loads((kept.find("seal") or '""').encode()))


def _sealed(platform: Platform, job: Job, kept: Documents) -> SealedSession:
    """Every joining, verified again (raises Refused, `session-invalid`)."""
    texts = tuple(kept.by_party("join").values())
    try:
        return seal_session(agreement_of(platform, job), job.job, job.request_hash or "", texts)
    except CryptoError as error:
        raise Refused(
            "session-invalid",
            f"The session cannot be sealed: {error}.",
            "Nothing was spent. Submit the job again.",
        ) from error
