"""Results that were opened on this machine: read again without asking anybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from market.client.kept.home import ClientHome
from market.errors import NotFound, Refused

_FILE = "result.json"


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """One of them; `opened_at` in Unix seconds, `names` those of its answers."""

    job: str
    opened_at: int
    datasets: tuple[str, ...]
    names: tuple[str, ...]
    epsilon: str


def opened_results(home: ClientHome) -> list[OpenedEntry]:
    """Every result opened here, the newest first; one that cannot be read is left out."""
    found: list[OpenedEntry] = []
    for path in (home.path / "jobs").glob(f"job-*/{_FILE}"):
        try:
            document = opened_result(home, path.parent.name)
        except Refused:
            continue
        found.append(
            OpenedEntry(
                path.parent.name,
                int(path.stat().st_mtime),
                tuple(str(one["dataset"]) for one in document["datasets"]),
                tuple(str(one["name"]) for one in document["answers"]),
                str(document["epsilon"]),
            )
        )
    return sorted(found, key=lambda one: (-one.opened_at, one.job))


def opened_result(home: ClientHome, job: str) -> Mapping[str, Any]:
    """A result as `OpenedResult.to_json` wrote it.

    Raises:
        NotFound: `not-opened`. Refused: `result-unreadable`: the file was altered; `job-malformed`.
    """
    kept = home.read_job(job, _FILE)
    if kept is None:
        raise NotFound(
            "not-opened", f"Job {job} was not opened here.", f"Run: market result open {job}"
        )
    try:
        document = json.loads(kept)
        document["datasets"], document["answers"], document["epsilon"]
    except (ValueError, TypeError, KeyError) as error:
        raise Refused(
            "result-unreadable",
            f"What is kept of job {job} is no result: {result_path(home, job)}.",
            f"Open it again: market result open {job}",
        ) from error
    return dict(document)


def result_path(home: ClientHome, job: str) -> Path:
    """Where a result is kept."""
    return home.job_path(job, _FILE)
