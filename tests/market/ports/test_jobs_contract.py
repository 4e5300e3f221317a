"""market.ports.jobs.Jobs, on every implementation."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from world.builders import DATASET, NOW, a_job

from market.entities.job import NO_VERSION, Job, JobEvent
from market.errors import Conflict, NotFound
from market.ports.jobs import Jobs


def numbered(number: int, **changes: object) -> Job:
    job = a_job(job=f"job-{number}", run=f"submit_north-lab/run-{number}", created_at=NOW + number)
    return replace(job, **changes)  # type: ignore[arg-type]


def moved(job: Job, state: str = "planned") -> JobEvent:
    return JobEvent(job.job, NOW + 1, state, f"Now {state}.")


def test_job_is_read_back_by_id_and_by_run(jobs: Jobs) -> None:
    job = a_job()
    assert jobs.add(job) == job
    assert jobs.get("job-1") == job
    assert jobs.find_run(job.run) == job
    assert jobs.find_run("submit_north-lab/unknown") is None
    with pytest.raises(NotFound, match="no-job"):
        jobs.get("job-2")


def test_run_known_already_gives_the_stored_job_unchanged(jobs: Jobs) -> None:
    job = jobs.add(a_job())
    jobs.save(replace(job, state="planned"), expected="submitted", event=moved(job))
    assert jobs.add(a_job(epsilon="9")) == replace(job, state="planned")


def test_job_id_with_another_run_is_a_conflict(jobs: Jobs) -> None:
    jobs.add(a_job())
    with pytest.raises(Conflict, match="job-exists"):
        jobs.add(a_job(run="submit_north-lab/another"))


def test_saved_job_keeps_every_field(jobs: Jobs) -> None:
    job = jobs.add(a_job())
    documents = {
        field.name: f'{{"of":"{field.name}"}}'
        for field in fields(Job)
        if field.default is None or field.name in ("code", "message", "next_action", "program_says")
    }
    full = replace(
        job, **documents, state="released", rho_units=2**40, updated_at=NOW + 5, deadline=NOW + 6
    )
    jobs.save(full, expected="submitted", event=moved(job))
    assert jobs.get(job.job) == full


def test_job_on_a_dataset_that_does_not_exist_is_kept(jobs: Jobs) -> None:
    job = jobs.add(a_job(dataset="no-such-data", version=NO_VERSION, state="refused"))
    assert jobs.get(job.job) == job
    assert jobs.find_run(job.run) == job


def test_save_from_another_state_changes_neither_job_nor_timeline(jobs: Jobs) -> None:
    job = jobs.add(a_job())
    jobs.save(replace(job, state="cancelled"), expected="submitted", event=moved(job, "cancelled"))
    with pytest.raises(Conflict, match="job-state: Job job-1 is cancelled, expected submitted"):
        jobs.save(replace(job, state="planned"), expected="submitted", event=moved(job))
    assert jobs.get(job.job).state == "cancelled"
    assert [event.step for event in jobs.timeline(job.job)] == ["cancelled"]


def test_unknown_job_is_neither_saved_nor_noted(jobs: Jobs) -> None:
    with pytest.raises(NotFound, match="no-job"):
        jobs.save(a_job(), expected="submitted", event=moved(a_job()))
    with pytest.raises(NotFound, match="no-job"):
        jobs.note(moved(a_job()))
    assert jobs.timeline("job-1") == []


def test_timeline_is_in_order_of_writing(jobs: Jobs) -> None:
    job, other = jobs.add(numbered(1)), jobs.add(numbered(2))
    events = [JobEvent(job.job, NOW - number, "note", f"Line {number}.") for number in range(3)]
    jobs.note(events[0])
    jobs.note(moved(other))
    jobs.save(replace(job, state="planned"), expected="submitted", event=events[1])
    jobs.note(events[2])
    assert jobs.timeline(job.job) == events


def test_jobs_are_found_by_organisation_dataset_and_state_oldest_first(jobs: Jobs) -> None:
    third = jobs.add(numbered(3))
    first = jobs.add(numbered(1))
    planned = replace(jobs.add(numbered(2)), state="planned")
    clinics = jobs.add(numbered(4, organisation="clinic"))
    jobs.save(planned, expected="submitted", event=moved(planned))
    assert jobs.of_organisation("north-lab") == [first, planned, third]
    assert jobs.in_states(["planned", "released"]) == [planned]
    assert jobs.in_states([]) == []
    assert jobs.of_datasets([DATASET, "other"], ["submitted"]) == [first, third, clinics]
    assert jobs.of_datasets([], ["submitted"]) == []
    assert jobs.of_datasets(["other"], ["submitted"]) == []
