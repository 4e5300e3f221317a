"""What an opened result answers: the plan and the schema it was checked by, kept beside it.

Whatever is made of an answer later (synthetic rows) needs the owner's names and levels, and what
was asked; both were checked when the result was opened, so nobody is asked again.
"""

from __future__ import annotations

from dataclasses import dataclass

from market import wire
from market.client.kept.home import ClientHome
from market.plan.plan import Plan
from market.plan.schema import Schema

_FILE = "question.json"


@dataclass(frozen=True, slots=True)
class Question:
    """A plan, on the schema of its datasets."""

    plan: Plan
    schema: Schema


def keep_question(home: ClientHome, job: str, question: Question) -> None:
    """Keep what a job asked, as it was checked."""
    home.write_job(job, _FILE, wire.encode(question))


def kept_question(home: ClientHome, job: str) -> Question | None:
    """What a job asked; None while its result was not opened here.

    Raises:
        FormatError: the file was changed since.
        Refused: `job-malformed`.
    """
    kept = home.read_job(job, _FILE)
    return None if kept is None else wire.decode(Question, kept)
