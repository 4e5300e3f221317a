"""What opened results are called beside each other: by what was asked and when, not by their id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from market.client.kept.home import ClientHome
from market.client.kept.kept_subject import kept_subject
from market.client.results.opened_results import opened_result, result_path
from market.plan.text import readable

_LONGEST_SUBJECT = 40


def result_labels(home: ClientHome, jobs: Sequence[str]) -> tuple[str, ...]:
    """Dataset, commit's subject and the day it was opened of each, in order; the job's id besides
    where two would be called the same.

    Raises:
        NotFound: `not-opened`. Refused: as `opened_result`.
    """
    labels = [_label(home, job) for job in jobs]
    times = Counter(labels)
    return tuple(
        label if times[label] == 1 else f"{label}, {job}"
        for job, label in zip(jobs, labels, strict=True)
    )


def _label(home: ClientHome, job: str) -> str:
    document = opened_result(home, job)
    datasets = " + ".join(str(one["dataset"]) for one in document["datasets"])
    opened_at = datetime.fromtimestamp(result_path(home, job).stat().st_mtime, UTC)
    subject = readable(kept_subject(home, job))
    if len(subject) > _LONGEST_SUBJECT:
        subject = f"{subject[:_LONGEST_SUBJECT].rstrip()}…"
    return ", ".join(part for part in (datasets, subject, f"{opened_at:%-d %b %Y}") if part)
