"""market.ports.sent_programs.SentPrograms, on every implementation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.job_builders import a_job
from world.people import BOB, EVE, settle
from world.ports import Ports

from market.entities.sent_program import SentProgram
from market.errors import NotFound, Refused
from market.ports.jobs import Jobs

FIRST = SentProgram("north-lab", "1" * 64, 60, 1_000)
SECOND = SentProgram("north-lab", "2" * 64, 50, 2_000)
RIVALS = SentProgram("rival-lab", "1" * 64, 60, 3_000)


def test_programs_are_each_organisations_own(ports: Ports) -> None:
    settle(ports.people, BOB, EVE)
    sent = ports.sent_programs
    for program in (FIRST, SECOND, RIVALS):
        sent.note(program, most_bytes=1_000)
    assert sent.find("1" * 64) == [FIRST, RIVALS]
    assert sent.find("3" * 64) == []
    assert sent.of_organisation("north-lab") == [FIRST, SECOND]


def test_what_does_not_fit_is_refused_and_the_same_again_counts_once(ports: Ports) -> None:
    settle(ports.people, BOB)
    sent = ports.sent_programs
    sent.note(FIRST, most_bytes=100)
    sent.note(replace(FIRST, needed_at=1_500), most_bytes=100)
    with pytest.raises(Refused, match="programs-full"):
        sent.note(SECOND, most_bytes=100)
    assert sent.of_organisation("north-lab") == [replace(FIRST, needed_at=1_500)]
    with pytest.raises(NotFound, match="no-organisation"):
        sent.note(replace(FIRST, organisation="nobody"), most_bytes=100)


def test_program_that_a_job_needs_is_kept_on(ports: Ports) -> None:
    settle(ports.people, BOB)
    sent = ports.sent_programs
    sent.note(FIRST, most_bytes=1_000)
    sent.note(SECOND, most_bytes=1_000)
    assert sent.due(before=2_000) == [FIRST]
    assert sent.need("north-lab", FIRST.digest, now=5_000)
    assert not sent.need("rival-lab", FIRST.digest, now=5_000)
    assert sent.due(before=5_000) == [SECOND]
    sent.forget(FIRST)
    assert sent.find(FIRST.digest) == [replace(FIRST, needed_at=5_000)]
    sent.forget(SECOND)
    assert sent.of_organisation("north-lab") == [replace(FIRST, needed_at=5_000)]


def test_sealed_token_is_kept_for_its_job_until_it_is_dropped(ports: Ports, jobs: Jobs) -> None:
    sent, job = ports.sent_programs, jobs.add(a_job()).job
    assert sent.token(job) == ""
    sent.keep_token(job, "ab" * 50)
    sent.keep_token(job, "cd" * 50)
    assert (sent.token(job), sent.jobs_with_token()) == ("ab" * 50, [job])
    sent.drop_token(job)
    sent.drop_token(job)
    assert (sent.token(job), sent.jobs_with_token()) == ("", [])
