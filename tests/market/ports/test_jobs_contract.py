"""market.ports.jobs.Jobs, on every implementation."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from world.builders import DATASET, NOW
from world.consortium_builders import CONSORTIUM, a_proposal, by_member
from world.job_builders import a_job
from world.people import OLGA, a_key

from market.entities.documents import Document, Documents, Kind
from market.entities.job import (
    NO_VERSION,
    AskedDataset,
    Earned,
    End,
    Job,
    JobEvent,
    OwedAnswer,
    OwedRun,
    Place,
)
from market.entities.job_states import BAD_ENDS, STATES, TERMINAL, Answer, State
from market.entities.jobs_wanted import JobsWanted
from market.entities.limits import DAY_SECONDS, JobsAdmitted, JobsTaken
from market.entities.queues import Ends, Queue
from market.errors import Conflict, NotFound, TooMany
from market.ports.consortia import Consortia
from market.ports.jobs import Jobs

AGENTS = (a_key("agent").public.hex, a_key("other agent").public.hex)
OTHER = AskedDataset("not-listed", NO_VERSION)


def numbered(number: int, **changes: object) -> Job:
    job = a_job(job=f"job-{number}", run=f"submit_north-lab/run-{number}", created_at=NOW + number)
    return replace(job, **changes)  # type: ignore[arg-type]


def moved(job: Job, state: str = "planned") -> JobEvent:
    return JobEvent(job.job, NOW + 1, state, f"Now {state}.")


def move(jobs: Jobs, job: Job, state: State, *documents: Document, **changes: object) -> Job:
    """The job in another state, whichever it was in."""
    there = replace(job, state=state, **changes)  # type: ignore[arg-type]
    jobs.save(there, expected=job.state, event=moved(job, state), documents=documents)
    return there


def test_job_is_read_back_by_id_and_by_run(jobs: Jobs) -> None:
    job = a_job()
    assert jobs.add(job) == job
    assert jobs.get("job-1") == job
    assert jobs.find_run(job.run) == job
    assert jobs.find_run("submit_north-lab/unknown") is None
    with pytest.raises(NotFound, match="no-job"):
        jobs.get("job-2")


def test_job_of_several_datasets_and_parties_keeps_their_order(jobs: Jobs) -> None:
    job = jobs.add(a_job(datasets=(OTHER, AskedDataset(DATASET, 1)), parties=AGENTS[::-1]))
    assert jobs.get(job.job) == job
    assert jobs.of_datasets([OTHER.dataset], ["submitted"]) == [job]
    assert jobs.of_datasets([DATASET, OTHER.dataset], ["submitted"]) == [job]


def test_run_known_already_gives_the_stored_job_unchanged(jobs: Jobs) -> None:
    job = jobs.add(a_job())
    planned = move(jobs, job, "planned")
    assert jobs.add(a_job(epsilon="9")) == planned


def test_job_id_with_another_run_is_a_conflict(jobs: Jobs) -> None:
    jobs.add(a_job())
    with pytest.raises(Conflict, match="job-exists"):
        jobs.add(a_job(run="submit_north-lab/another"))


def test_saved_job_keeps_every_field(jobs: Jobs) -> None:
    job = jobs.add(a_job())
    full = replace(
        job,
        state="expired",
        rho_units=2**40,
        plan_hash="a1",
        request_hash="c3",
        subject="Compare <lengths>",
        statistics="2 statistics: count, mean",
        prices_cents=(1_250, 0),
        end=End("code", "message", "next action", "the program's words"),
        updated_at=NOW + 5,
        deadline=NOW + 6,
    )
    jobs.save(full, expected="submitted", event=moved(job))
    assert jobs.get(job.job) == full


def test_job_on_a_dataset_that_does_not_exist_is_kept(jobs: Jobs) -> None:
    job = jobs.add(a_job(datasets=(OTHER,), parties=(), state="refused"))
    assert jobs.get(job.job) == job
    assert jobs.find_run(job.run) == job


def test_save_from_another_state_changes_nothing(jobs: Jobs) -> None:
    job = jobs.add(a_job())
    move(jobs, job, "cancelled")
    with pytest.raises(Conflict, match="job-state: Job job-1 is cancelled, expected submitted"):
        move(jobs, job, "planned", Document("plan", "{}"))
    assert jobs.get(job.job).state == "cancelled"
    assert [event.step for event in jobs.timeline(job.job)] == ["cancelled"]
    assert jobs.documents(job.job) == Documents()
    assert jobs.answers_owed() == []


def test_documents_of_every_kind_and_party_are_read_back(jobs: Jobs) -> None:
    job = jobs.add(a_job())
    own = [Document(kind, f'{{"of":"{kind}"}}') for kind in get_args(Kind)]
    theirs = [Document("approval", f'{{"of":"{party}"}}', party) for party in AGENTS]
    kept = jobs.save(job, expected="submitted", event=moved(job), documents=own)
    assert kept == jobs.documents(job.job)
    kept = jobs.save(job, expected="submitted", event=moved(job), documents=theirs)
    assert kept == jobs.documents(job.job)
    assert set(kept.kept) == {*own, *theirs}
    assert kept.find("approval", AGENTS[0]) == theirs[0].text
    assert kept.has_all("approval", AGENTS)
    assert jobs.documents("job-2") == Documents()


def test_document_is_written_once(jobs: Jobs) -> None:
    job = jobs.add(a_job())
    first = Document("approval", "{}", AGENTS[0])
    planned = move(jobs, job, "planned", first)
    again = move(jobs, planned, "planned", first, Document("approval", "[]", AGENTS[1]))
    for differing in (Document("approval", "[]", AGENTS[0]), Document("approval", "1", AGENTS[1])):
        with pytest.raises(Conflict, match="document-differs"):
            move(jobs, again, "requested", Document("plan", "{}"), differing)
    assert jobs.get(job.job).state == "planned"
    assert jobs.documents(job.job).by_party("approval") == {AGENTS[0]: "{}", AGENTS[1]: "[]"}
    assert jobs.documents(job.job).find("plan") is None
    assert len(jobs.timeline(job.job)) == 2


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


def test_jobs_under_way_are_found_by_dataset_and_state_oldest_first(jobs: Jobs) -> None:
    third = jobs.add(numbered(3))
    first = jobs.add(numbered(1))
    planned = move(jobs, jobs.add(numbered(2)), "planned")
    clinics = jobs.add(numbered(4, organisation="clinics"))
    elsewhere = jobs.add(numbered(5, datasets=(OTHER,)))
    assert jobs.of_datasets([DATASET], ["submitted"]) == [first, third, clinics]
    assert jobs.of_datasets([DATASET], ["planned", "released"]) == [planned]
    assert jobs.of_datasets([DATASET, OTHER.dataset], ["submitted"])[-1] == elsewhere
    assert jobs.of_datasets([], ["submitted"]) == jobs.of_datasets(["other"], ["submitted"]) == []
    assert jobs.of_datasets([DATASET], []) == []


def test_pages_of_jobs_follow_each_other_newest_first(jobs: Jobs) -> None:
    # Two in each second, so that the id decides among them.
    made = [jobs.add(numbered(n, created_at=NOW + n // 2)) for n in range(1, 8)]
    jobs.add(numbered(8, organisation="clinics", datasets=(OTHER,)))
    newest_first = sorted(made, key=lambda job: (job.created_at, job.job), reverse=True)
    for size in (1, 2, 3, 7, 50):
        asked, on_data, place = list[Job](), list[Job](), None
        while page := jobs.page_of_organisation("north-lab", after=place, limit=size):
            assert len(page) <= size
            assert jobs.page_of_datasets([DATASET], after=place, limit=size) == page
            asked += page
            on_data += page
            place = Place(page[-1].created_at, page[-1].job)
        assert asked == newest_first


def test_page_over_several_datasets_names_a_job_once(jobs: Jobs) -> None:
    both = jobs.add(numbered(1, datasets=(AskedDataset(DATASET, 1), OTHER)))
    newer = jobs.add(numbered(2, datasets=(OTHER,)))
    names = [DATASET, OTHER.dataset, DATASET]
    assert jobs.page_of_datasets(names, after=None, limit=5) == [newer, both]
    assert jobs.page_of_datasets(names, after=None, limit=1) == [newer]
    assert jobs.page_of_datasets([], after=None, limit=5) == []


def test_a_buyers_jobs_in_a_state_are_those_that_changed_last(jobs: Jobs) -> None:
    made = [jobs.add(numbered(n)) for n in (1, 2, 3)]
    released = [
        move(jobs, job, "released", updated_at=NOW + at)
        for job, at in zip(made, (30, 10, 20), strict=True)
    ]
    jobs.add(numbered(4))
    expected = [released[0], released[2], released[1]]
    assert jobs.of_buyer("bob", "released", limit=9) == expected
    assert jobs.of_buyer("bob", "released", limit=2) == expected[:2]
    assert jobs.of_buyer("olga", "released", limit=9) == []


def test_due_are_those_under_way_whose_deadline_has_come(jobs: Jobs) -> None:
    for number, state in enumerate(STATES, start=1):
        move(jobs, jobs.add(numbered(number)), state, deadline=NOW + 100 - number)
    under_way = [state for state in STATES if state not in TERMINAL]
    found = jobs.due(now=NOW + 99, limit=99)
    assert [job.state for job in found] == under_way[::-1]
    assert jobs.due(now=found[0].deadline, limit=99) == found[:1]
    assert jobs.due(now=NOW + 99, limit=2) == found[:2]
    assert jobs.due(now=NOW, limit=99) == []


def test_resting_are_those_of_some_states_that_have_not_moved_lately(jobs: Jobs) -> None:
    for number in range(1, 5):
        move(jobs, jobs.add(numbered(number)), "planned", updated_at=NOW + number)
    move(jobs, jobs.add(numbered(5)), "approved", updated_at=NOW)
    found = jobs.resting(["planned"], since=NOW + 3, after="", limit=9)
    assert {job.updated_at for job in found} == {NOW + 1, NOW + 2, NOW + 3}
    assert found == sorted(found, key=lambda job: job.job)
    assert jobs.resting(["planned"], since=NOW + 3, after=found[0].job, limit=1) == found[1:2]
    assert jobs.resting(["planned"], since=NOW + 3, after=found[2].job, limit=9) == []
    assert jobs.resting(["submitted"], since=NOW + 9, after="", limit=9) == []


def test_ended_badly_are_those_of_a_list_that_were_not_released(jobs: Jobs) -> None:
    made = [
        move(jobs, jobs.add(numbered(number)), state)
        for number, state in enumerate(STATES, start=10)
    ]
    names = [job.job for job in made]
    found = jobs.ended_badly([*names, "job-unknown"])
    assert [job.state for job in found] == list(BAD_ENDS)
    assert jobs.ended_badly([found[0].job]) == found[:1]
    assert jobs.ended_badly([]) == []


def test_jobs_are_found_by_their_requests(jobs: Jobs) -> None:
    move(jobs, jobs.add(numbered(1)), "requested", request_hash="aa")
    jobs.add(numbered(2))
    # More than fit into one statement.
    many = [f"{number:064x}" for number in range(1_200)]
    assert jobs.of_requests([*many, "aa", "bb"]) == {"aa": "job-1"}
    assert jobs.of_requests([]) == {}


def owed(jobs: Jobs) -> list[tuple[str, str, bool]]:
    return [(each.job, each.answer.wait, each.answer.go_on) for each in jobs.answers_owed()]


def test_moves_that_end_a_wait_owe_its_run_an_answer_until_it_is_given(jobs: Jobs) -> None:
    job = jobs.add(a_job())
    job = move(jobs, move(jobs, job, "planned"), "requested")
    assert jobs.answers_owed() == []
    job = move(jobs, job, "approved", updated_at=NOW + 7)
    answer = OwedAnswer(job.job, job.run, Answer("await_signatures", go_on=True), NOW + 7)
    assert jobs.answers_owed() == [answer]
    # Nothing moved: it is due since then.
    move(jobs, job, "approved", updated_at=NOW + 8)
    assert jobs.answers_owed() == [answer]
    job = move(jobs, move(jobs, job, "evaluated"), "released", updated_at=NOW + 9)
    assert owed(jobs) == [
        (job.job, "await_signatures", True),
        (job.job, "await_release", True),
    ]
    jobs.answer_given(answer)
    jobs.answer_given(answer)
    assert owed(jobs) == [(job.job, "await_release", True)]


def test_bad_end_stands_in_place_of_the_answer_not_given_yet(jobs: Jobs) -> None:
    job = move(jobs, move(jobs, jobs.add(a_job()), "requested"), "approved")
    (yes,) = jobs.answers_owed()
    move(jobs, job, "failed")
    assert owed(jobs) == [(job.job, "await_signatures", False)]
    # What was given meanwhile was the other answer.
    jobs.answer_given(yes)
    assert owed(jobs) == [(job.job, "await_signatures", False)]


def test_job_that_ends_before_its_plan_owes_nothing(jobs: Jobs) -> None:
    move(jobs, jobs.add(a_job()), "refused")
    assert jobs.answers_owed() == []


def test_job_of_a_consortium_is_read_back_as_it_was(jobs: Jobs, consortia: Consortia) -> None:
    consortia.propose(by_member(a_proposal(), OLGA.organisation), now=NOW)
    asked = AskedDataset(CONSORTIUM, 1)
    job = jobs.add(a_job(datasets=(asked,), parties=AGENTS, engine="members", is_verified=True))
    assert jobs.get(job.job) == job
    assert jobs.of_datasets([CONSORTIUM], ["submitted"]) == [job]
    assert jobs.page_of_datasets([CONSORTIUM], after=None, limit=5) == [job]
    assert jobs.of_datasets([DATASET], ["submitted"]) == []


def test_job_of_a_consortium_that_is_not_there_keeps_its_words(jobs: Jobs) -> None:
    job = jobs.add(a_job(datasets=(OTHER,), parties=(), engine="members"))
    assert jobs.get(job.job) == job


def test_queues_are_counted_along_the_way_with_the_time_of_the_first(jobs: Jobs) -> None:
    for number, state in enumerate(["planned", "submitted", "planned", "released", "failed"]):
        jobs.add(numbered(number, state=state, updated_at=NOW + 10 * number))
    assert jobs.queues() == [Queue("submitted", 1, NOW + 10), Queue("planned", 2, NOW)]


def test_ends_are_counted_by_state_and_code_from_a_time_on(jobs: Jobs) -> None:
    late, lost = End("late", "m", "n"), End("lost", "m", "n")
    ends: list[tuple[State, End | None]] = [
        ("expired", late), ("failed", lost), ("failed", late), ("failed", lost), ("released", None),
    ]  # fmt: skip
    for number, (state, end) in enumerate(ends):
        jobs.add(numbered(number, state=state, end=end, updated_at=NOW + number))
    jobs.add(numbered(9))
    assert jobs.ends_since(NOW + 1) == [
        Ends("released", "", 1), Ends("failed", "late", 1), Ends("failed", "lost", 2),
    ]  # fmt: skip
    assert jobs.ends_since(NOW + 5) == []


def test_run_that_found_no_place_takes_none(jobs: Jobs) -> None:
    turned_away = End("too-many-jobs-a-day", "No place.", "Wait.")
    jobs.add(numbered(1, state="refused", end=turned_away))
    assert jobs.taken("north-lab", since=0) == JobsTaken(0, 0, None)
    jobs.add(numbered(2), within=JobsAdmitted(under_way=1, a_day=1, now=NOW + 3))


def test_jobs_taken_are_those_under_way_and_those_of_late(jobs: Jobs) -> None:
    nothing = JobsTaken(0, 0, None)
    assert jobs.taken("north-lab", since=0) == nothing
    for number in range(1, 5):
        jobs.add(numbered(number))
    move(jobs, jobs.get("job-4"), "released")
    assert jobs.taken("north-lab", since=NOW + 2) == JobsTaken(3, 2, NOW + 3)
    assert jobs.taken("rival-lab", since=0) == nothing


def test_no_more_jobs_get_in_than_their_organisation_may_have(jobs: Jobs) -> None:
    within = JobsAdmitted(under_way=2, a_day=3, now=NOW + 100)
    for number in (1, 2):
        jobs.add(numbered(number), within=within)
    with pytest.raises(TooMany, match="too-many-jobs-under-way"):
        jobs.add(numbered(3), within=within)
    # A run that has its job is no new one.
    assert jobs.add(numbered(2), within=within) == numbered(2)
    move(jobs, jobs.get("job-1"), "released")
    jobs.add(numbered(3), within=within)
    move(jobs, jobs.get("job-2"), "failed")
    with pytest.raises(TooMany, match="too-many-jobs-a-day") as refused:
        jobs.add(numbered(4), within=within)
    assert refused.value.retry_after_seconds == NOW + 1 + DAY_SECONDS - within.now
    tomorrow = replace(within, now=NOW + 1 + DAY_SECONDS)
    assert jobs.add(numbered(4), within=tomorrow).job == "job-4"


def test_run_is_owed_until_it_is_taken_those_first_that_were_submitted_first(jobs: Jobs) -> None:
    late, early, of_a_form = numbered(3), numbered(2), numbered(1)
    jobs.add(late, run_owed_to="bob")
    jobs.add(early, run_owed_to="bea")
    jobs.add(of_a_form)
    assert jobs.add(late, run_owed_to="eve") == late
    assert jobs.runs_owed() == [
        OwedRun("job-2", "bea", NOW + 2),
        OwedRun("job-3", "bob", NOW + 3),
    ]
    jobs.run_taken("job-2")
    jobs.run_taken("job-2")
    assert [owed.job for owed in jobs.runs_owed()] == ["job-3"]


def add_some(jobs: Jobs) -> None:
    """Three, of two organisations and two datasets."""
    jobs.add(numbered(1, organisation="clinics", buyer="olga"))
    second = jobs.add(numbered(2))
    move(jobs, second, "planned", subject="Compare LENGTHS of stays, 100 % of them")
    jobs.add(numbered(3, datasets=(OTHER,)))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (JobsWanted(states=("planned",)), ["job-2"]),
        (JobsWanted(dataset="not-listed"), ["job-3"]),
        (JobsWanted(askers=frozenset({"olga"})), ["job-1"]),
        (JobsWanted(askers=frozenset({"north-lab"})), ["job-3", "job-2"]),
        (JobsWanted(askers=frozenset()), []),
        (JobsWanted(since=NOW + 2), ["job-3", "job-2"]),
        (JobsWanted(until=NOW + 2), ["job-2", "job-1"]),
        (JobsWanted(words=("lengths", "compare")), ["job-2"]),
        (JobsWanted(words=("100%",)), []),
        (JobsWanted(words=("not-listed",)), ["job-3"]),
        (JobsWanted(words=("job-1",), states=("planned",)), []),
    ],
)
def test_a_page_holds_what_is_wanted(jobs: Jobs, wanted: JobsWanted, found: list[str]) -> None:
    add_some(jobs)
    on_both = jobs.page_of_datasets([DATASET, "not-listed"], after=None, limit=9, wanted=wanted)
    assert [job.job for job in on_both] == found
    of_north = jobs.page_of_organisation("north-lab", after=None, limit=9, wanted=wanted)
    assert [job.job for job in of_north] == [job for job in found if job != "job-1"]


def test_many_datasets_are_paged_as_few_are(jobs: Jobs) -> None:
    add_some(jobs)
    many = [DATASET, OTHER.dataset, *(f"none-{number}" for number in range(600))]
    newest = jobs.page_of_datasets(many, after=None, limit=2)
    assert [job.job for job in newest] == ["job-3", "job-2"]
    place = Place(newest[-1].created_at, newest[-1].job)
    assert [job.job for job in jobs.page_of_datasets(many, after=place, limit=2)] == ["job-1"]
    wanted = JobsWanted(states=("planned",))
    found = jobs.page_of_datasets(many, after=None, limit=2, wanted=wanted)
    assert [job.job for job in found] == ["job-2"]


def test_what_a_dataset_earned_is_of_its_released_jobs(jobs: Jobs) -> None:
    both = (OTHER, AskedDataset(DATASET, 1))
    for number, datasets, state, prices in (
        (1, both, "released", (7, 100)),
        (2, both, "released", (7, 100)),
        (3, (both[1],), "released", (30,)),
        (4, (both[1],), "failed", (1_000,)),
        (5, (both[1],), "released", ()),
    ):
        job = jobs.add(numbered(number, datasets=datasets))
        move(jobs, job, state, prices_cents=prices)
    assert jobs.earned(DATASET) == Earned(4, 230)
    assert jobs.earned(OTHER.dataset) == Earned(2, 14)
    assert jobs.earned("nothing") == Earned(0, 0)
