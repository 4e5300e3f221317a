"""What every scheduler answers: the recorder that other tests run with, and the running Airflow."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from typing import Any

import pytest
from servers.airflow import RunningPlatform
from world.builders import DATASET
from world.memory.shared_state import MemoryForms
from world.stages import RecordingScheduler
from world.waiting import eventually

from market.airflow import addresses
from market.entities.stages import AllForms, Form
from market.errors import MarketError, NotPermitted, Refused, Unavailable
from market.ports.stages import Scheduler

ORGANISATION, BUYER = "north-lab", "bob"
FIRST, SECOND = "await_signatures", "await_release"


class Runs(ABC):
    """A scheduler with one organisation's form, and what its runs come to."""

    scheduler: Scheduler
    form: dict[str, str]

    @abstractmethod
    def started(self, run: str) -> int:
        """How many runs of this name there are."""

    @abstractmethod
    def come_to_first_wait(self, run: str) -> None: ...

    @abstractmethod
    def be_over(self, run: str) -> bool: ...

    def new(self) -> str:
        return self.scheduler.run_of(ORGANISATION, f"contract__{secrets.token_hex(6)}")

    def start(self, name: str = "", **changes: str) -> str:
        run = self.scheduler.run_of(ORGANISATION, name) if name else self.new()
        self.scheduler.trigger(run, BUYER, self.form | changes)
        return run

    def refusal(self, **changes: str) -> MarketError:
        with pytest.raises(MarketError) as refused:
            self.start(**changes)
        return refused.value


class Recorded(Runs):
    def __init__(self) -> None:
        forms = MemoryForms()
        forms.replace(AllForms((Form(ORGANISATION, "North Lab", ((DATASET, "Visits"),)),)), after=0)
        self.recorder = RecordingScheduler(
            reached=set(), is_known=lambda user: user == BUYER, forms=forms
        )
        self.scheduler = self.recorder
        self.form = {
            "repository": "https://git.example.org/job.git",
            "commit": "ab" * 20,
            "dataset": DATASET,
            "epsilon": "0.5",
        }

    def started(self, run: str) -> int:
        return [known for known, _, _ in self.recorder.triggered].count(run)

    def come_to_first_wait(self, run: str) -> None:
        self.recorder.reached.add(FIRST)

    def be_over(self, run: str) -> bool:
        self.recorder.ended.add(run)
        return True


class InAirflow(Runs):
    def __init__(self, running: RunningPlatform) -> None:
        self.scheduler = running.scheduler
        self.form = running.form()
        self._running = running

    def _ask(self, address: str) -> Any:
        with self._running.airflow(BUYER) as buyer:
            return buyer.get(address)

    def started(self, run: str) -> int:
        listed = self._ask(addresses.run(run).rpartition("/")[0] + "?limit=1000").json()
        return [one["dag_run_id"] for one in listed["dag_runs"]].count(run.partition("/")[2])

    def come_to_first_wait(self, run: str) -> None:
        task = addresses.task(run, FIRST)
        eventually(lambda: self._ask(task).json()["state"] == "awaiting_input")

    def be_over(self, run: str) -> bool:
        eventually(lambda: self._ask(addresses.run(run)).json()["state"] == "failed")
        return True


@pytest.fixture(params=["recorded", pytest.param("Airflow", marks=pytest.mark.platform)])
def runs(request: pytest.FixtureRequest) -> Runs:
    if request.param == "Airflow":
        return InAirflow(request.getfixturevalue("running_platform"))
    return Recorded()


def test_run_triggered_twice_is_started_once(runs: Runs) -> None:
    run = runs.start()
    runs.scheduler.trigger(run, BUYER, runs.form)
    assert runs.started(run) == 1


def test_wait_is_answered_once_it_is_reached_and_not_before(runs: Runs) -> None:
    run = runs.start()
    assert not runs.scheduler.answer(run, SECOND, go_on=True)
    runs.come_to_first_wait(run)
    assert not runs.scheduler.answer(run, SECOND, go_on=True)
    assert runs.scheduler.answer(run, FIRST, go_on=False)
    assert runs.scheduler.answer(run, FIRST, go_on=False)
    # A run that was told to stop comes to no further wait: nobody has to go on asking.
    assert runs.be_over(run)
    assert runs.scheduler.answer(run, SECOND, go_on=True)


def test_run_has_ended_when_it_is_over_or_nobody_knows_it(runs: Runs) -> None:
    run = runs.start()
    runs.come_to_first_wait(run)
    assert not runs.scheduler.has_ended(run)
    runs.scheduler.answer(run, FIRST, go_on=False)
    assert runs.be_over(run)
    assert runs.scheduler.has_ended(run)


@pytest.mark.parametrize("name", [".", "a+b:c~d"])
def test_run_is_answered_whatever_a_person_called_it(runs: Runs, name: str) -> None:
    run = runs.start(name)
    runs.come_to_first_wait(run)
    assert runs.scheduler.answer(run, FIRST, go_on=False)
    assert runs.be_over(run)


def test_values_that_break_a_rule_of_the_form_are_refused(runs: Runs) -> None:
    for change in ({"commit": "main"}, {"epsilon": "-1"}, {"repository": ""}):
        refused = runs.refusal(**change)
        assert isinstance(refused, Refused)
        assert refused.code == "form-refused"


def test_dataset_the_form_does_not_offer_yet_is_late(runs: Runs) -> None:
    refused = runs.refusal(dataset="granted-a-second-ago")
    assert isinstance(refused, Unavailable)
    assert refused.code == "form-not-ready"
    assert "granted-a-second-ago" in refused.message


def test_user_nobody_knows_starts_nothing(runs: Runs) -> None:
    run = runs.new()
    with pytest.raises(NotPermitted) as refused:
        runs.scheduler.trigger(run, "nobody", runs.form)
    assert refused.value.code == "airflow-sign-on"
    assert runs.started(run) == 0


def test_names_of_runs_differ_by_organisation_and_name(runs: Runs) -> None:
    name = runs.scheduler.run_of
    assert len({name("a", "1"), name("a", "2"), name("b", "1"), name("b", "2")}) == 4
    assert name("a", "1") == name("a", "1")


def test_runs_of_agreements_are_told_apart_from_those_of_organisations(runs: Runs) -> None:
    under, by = runs.scheduler.run_of_consortium, runs.scheduler.run_of
    named = {under("abc", 1, "1"), under("abc", 2, "1"), under("abd", 1, "1"), by("abc_1", "1")}
    assert len(named) == 4
