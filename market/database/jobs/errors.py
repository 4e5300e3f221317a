"""Constructors of the errors of jobs: the same words from every implementation."""

from __future__ import annotations

from market.entities.documents import Document
from market.entities.job import Job
from market.entities.job_states import State
from market.errors import Conflict, NotFound


def no_job(job: str) -> NotFound:
    """`no-job`: there is none of this id."""
    return NotFound("no-job", f"There is no job {job}.", "Look at your job list.")


def job_moved(stored: Job, expected: State) -> Conflict:
    """`job-state`: a save came from a state the job has left."""
    return Conflict(
        "job-state",
        f"Job {stored.job} is {stored.state}, expected {expected}.",
        "Look at the job's timeline: it moved on or ended meanwhile.",
    )


def job_differs(job: Job) -> Conflict:
    """`job-exists`: a new job has the id of another run's."""
    return Conflict("job-exists", f"Job {job.job} exists with another run.", "Start another run.")


def document_differs(job: str, document: Document) -> Conflict:
    """`document-differs`: a second document of one kind and party."""
    whose = f" of {document.party[:16]}" if document.party else ""
    return Conflict(
        "document-differs",
        f"Job {job} has another {document.kind}{whose}.",
        "Each is written once: look at the job for the one that counts.",
    )
