"""A link between two members of a sealed session: who may hold which end of it."""

from __future__ import annotations

from crypto.link_token import link_token
from market.entities.people import User
from market.errors import Conflict, NotFound
from market.services.authorize import own_part
from market.services.compute.seal_job import seal_of_job
from market.services.platform import Registers


def open_link(platform: Registers, user: User, job_id: str, token: str) -> int:
    """The point of the user's own member, whose end of the link `token` they may hold.

    A session of m members has m(m-1)/2 links, each named by its seal and two points; no other token
    is one of this job's, and each end is one member's alone.

    Raises:
        NotFound: `no-job`: the user's agent is no party of it; `no-link`: it has no such end.
        Conflict: `session-not-sealed`: members do not compute in it now.
    """
    job, part = own_part(platform, user, job_id)
    seal = seal_of_job(platform.jobs.documents(job.job))
    if not job.facts[job.state].is_session or not seal:
        raise Conflict(
            "session-not-sealed",
            f"Job {job.job} is {job.state}; members connect once its session is sealed.",
            "Look at the job's page for what comes next.",
        )
    point = job.parties.index(part.party) + 1
    others = (other for other in range(1, len(job.parties) + 1) if other != point)
    if token not in {link_token(seal, point, other) for other in others}:
        raise NotFound(
            "no-link",
            f"Job {job.job} has no link of yours by this name.",
            "Let the installed agent dial: it names a link by the session's seal.",
        )
    return point
