"""The commit that a job asks with, kept as a git bundle until the job has ended.

From it the plan is built again before it is signed: without the network, without the repository's
host, and without the token of a private one. What an opened result answers is kept beside it for
good (market.client.kept.kept_question), so that the bundle is needed no longer then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from crypto.canonical import Json
from market.client.kept.home import ClientHome
from market.entities.job_states import TERMINAL

_FILE: Final = "program.bundle"


def keep_program(home: ClientHome, job: str, bundle: bytes) -> None:
    """Keep a job's program, in place of an earlier copy."""
    home.write_job(job, _FILE, bundle)


def kept_program(home: ClientHome, job: str) -> bytes | None:
    """The program that is kept of a job; None where there is none."""
    return home.read_job(job, _FILE)


def forget_program(home: ClientHome, job: str) -> None:
    """Remove the program of a job that has ended."""
    home.remove_job(job, _FILE)


def forget_ended(home: ClientHome, answers: Iterable[Mapping[str, Json]]) -> None:
    """Remove the programs of those jobs that have ended, by what the portal says of each."""
    for answer in answers:
        if answer["state"] in TERMINAL:
            forget_program(home, str(answer["job"]))
