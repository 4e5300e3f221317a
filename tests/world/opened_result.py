"""What `market result open` leaves in a buyer's home, as of drawn answers (world.drawn_answers)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from market import wire
from market.client.kept.home import ClientHome
from market.client.kept.kept_question import Question, keep_question
from market.client.results.open_result import (
    AnsweredDataset,
    OpenedReceipt,
    OpenedResult,
    OpenedSession,
)
from market.plan.answers import Answer
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.policy.submission.submission import Submission
from world.drawn_answers import SCHEMA, asked, opened

JOB, OTHER = "job-0123456789ab", "job-ba9876543210"
NAMES = ("average_age", "people", "health", "ages", "line")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def keep(
    home: ClientHome,
    job: str = JOB,
    *,
    answers: Sequence[Answer] = (),
    rho_units: int = 10**9,
    session: OpenedSession | None = None,
) -> dict[str, Any]:
    """A result with its question and its submission; the document that is kept."""
    questions = asked()
    given = answers or [opened(questions[name], name, rho_units=rho_units) for name in NAMES]
    result = OpenedResult(
        job=job,
        datasets=(AnsweredDataset("survey", 2),),
        answers=tuple(given),
        epsilon="0.959",
        delta="0.000001",
        plan_hash="ab" * 32,
        receipts=(OpenedReceipt("", "receipt-0123456789ab", rho_units, "cd" * 16, "receipt.json"),),
        session=session,
    )
    named = tuple(NamedStatistic(name, 1, questions[name].statistic) for name in NAMES)
    keep_question(home, job, Question(Plan(PLAN_VERSION, ("survey",), "gaussian", named), SCHEMA))
    submission = Submission("https://git.example.org/ask.git", COMMIT, "survey", "1")
    home.write_job(job, "submission.json", wire.encode(submission))
    home.write_job(job, "result.json", json.dumps(result.to_json()).encode())
    found: dict[str, Any] = json.loads(json.dumps(result.to_json()))
    return found
