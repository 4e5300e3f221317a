"""Take a submission in once, however often it comes: a lost reply and a second click make one job.

The key that it comes under names its run, and a run has one job (market.ports.jobs.Jobs.add). So a
key is kept where its job is, for as long, and there is nothing to be forgotten beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.job import Job
from market.entities.people import User
from market.errors import Refused
from market.policy.submission.repository_token import read_token
from market.policy.submission.submission import Submission
from market.policy.submission.submission_key import KEY_BYTES, read_key, run_name
from market.services.authorize import require_asker
from market.services.platform import Platform
from market.services.submit.askable import own_consortium
from market.services.submit.repository_tokens import keep_token
from market.services.submit.submit_job import submit_job


@dataclass(frozen=True, slots=True)
class Taken:
    """The job of a submission, and whether it was there before."""

    job: Job
    is_repeated: bool


def new_key(platform: Platform) -> str:
    """A key for one submission, such as a form's."""
    return platform.entropy(KEY_BYTES).hex()


def submit_once(
    platform: Platform, user: User, submission: Submission, *, key: str, now: int, token: str = ""
) -> Taken:
    """The job of a submission under a key: a new one, or that of the same submission before.

    What was submitted is not judged again: it may have been paused, or used up, by its own job.

    Args:
        key: of this user's; empty for a submission that is new each time.

    Raises:
        Refused: `submission-key-malformed`; `submission-key-reused`: something else was submitted
            under it.
        NotPermitted, Refused, NotFound, TooMany: see `submit_job`.
    """
    if not key:
        return Taken(submit_job(platform, user, submission, now=now, token=token), False)
    require_asker(user)
    runs = _runs(platform, user, submission, run_name(user.user, read_key(key)))
    known = next(filter(None, map(platform.jobs.find_run, runs)), None)
    if known is None:
        job = submit_job(platform, user, submission, now=now, token=token, run=runs[0])
        # Of two that come at once, the later one is given the other's job.
        _require_same(job, user, submission.normal())
        return Taken(job, False)
    _require_same(known, user, submission.normal())
    if token:
        # The first time may have broken off between the two.
        keep_token(platform, known, read_token(token))
    return Taken(known, True)


def _runs(platform: Platform, user: User, submission: Submission, name: str) -> list[str]:
    """The run that a submission has by now; behind it those in the forms of earlier agreements."""
    scheduler, consortium = platform.scheduler, own_consortium(platform, user, submission.datasets)
    if consortium is None:
        return [scheduler.run_of(user.organisation, name)]
    numbers = range(consortium.number, 0, -1)
    return [scheduler.run_of_consortium(consortium.consortium, one, name) for one in numbers]


def _require_same(job: Job, user: User, asked: Submission) -> None:
    """That a job is the submission's own (raises Refused)."""
    is_same = (
        (job.repository, job.commit, job.epsilon) == (asked.repository, asked.commit, asked.epsilon)
        and tuple(one.dataset for one in job.datasets) == tuple(asked.datasets)
        and job.buyer == (asked.recipient or user.user)
        and job.is_verified == (asked.verified == "yes")
    )
    if not is_same:
        raise Refused(
            "submission-key-reused",
            f"Something else was submitted under this key before: {job.job}.",
            f"Look at {job.job}; if you want another job besides, submit once more.",
        )
