"""What a job's page says of a consortium's session: its seal, who is ready, how it broke off."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.consortium import Consortium
from market.records.session import SessionAbort
from market.records.signed import open_signed
from market.services.compute.seal_job import seal_of_job
from market.services.jobs.read_job import ReadJob


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """A member's signed word that its session ended; `accused` is an organisation, or
    empty, and so is `reported_by`: whose word it is, where the member did not see it itself."""

    organisation: str
    stage: str
    accused: str
    reported_by: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """A consortium's run.

    `ready` are the parties that have come with a certificate for it; `delivered` counts sealed
    shares, of as many as there are `members`.
    """

    consortium: Consortium
    seal: str
    ready: frozenset[str]
    delivered: int
    members: int
    broken_off: tuple[BrokenOff, ...]


def session_of(read: ReadJob) -> SessionView | None:
    """The session of a consortium's job; None where no consortium is asked."""
    if read.consortium is None:
        return None
    kept = read.documents
    return SessionView(
        consortium=read.consortium,
        seal=seal_of_job(kept),
        ready=frozenset(kept.by_party("join")),
        delivered=len(kept.by_party("envelope")),
        members=len(read.job.parties),
        broken_off=tuple(
            _broken_off(read, party, text) for party, text in kept.by_party("abort").items()
        ),
    )


def _broken_off(read: ReadJob, party: str, text: str) -> BrokenOff:
    said = open_signed(SessionAbort, text.encode(), signer=party).record
    organisations = {part.party: part.organisation for part in read.parts}
    return BrokenOff(
        organisations[party],
        said.stage,
        organisations.get(said.accused, ""),
        organisations.get(said.reported_by, ""),
        said.code,
        said.message,
    )
