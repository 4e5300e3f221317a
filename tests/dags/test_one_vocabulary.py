"""What DAG files and platform call by one name: each spells it for itself, so both are compared."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from world.kept_forms import keep_forms

from market.airflow import names
from market.airflow.environment import AIRFLOW_PREFIXES
from market.cli.operator import step
from market.entities.job_states import AirflowWait
from market.entities.stages import AllForms, ConsortiumForm, Form
from market.policy.submission.submission import Submission

pytestmark = pytest.mark.processes

DAGS = Path(__file__).parent.parent.parent / "dags"
TELL = """
import json, sys
sys.path.insert(0, sys.argv[1])
import consortium, job_steps, submit, warm_up
constants = {name: getattr(module, name) for module, name in (
    (job_steps, "PLATFORM_USER"), (job_steps, "STEP_ENDED"), (job_steps, "AIRFLOW_PREFIXES"),
    (submit, "SUBMIT_PREFIX"), (consortium, "CONSORTIUM_PREFIX"))}
def describe(dag):
    steps = [task for task in dag.tasks if isinstance(task, job_steps.Step)]
    return {
        "dag": dag.dag_id,
        "steps": [step.task_id for step in steps],
        "submissions": {s.task_id: [*s.fields, *s.fixed] for s in steps if s.fields or s.fixed},
        "fields": [field for step in steps for field in step.fields],
        "told_tries": [step.task_id for step in steps if step.is_told_tries],
        "waits": [task.task_id for task in dag.tasks if isinstance(task, job_steps.Wait)],
        "params": list(dag.params),
    }
print("RESULT" + json.dumps({"constants": constants, "warm_up": warm_up.warm_up.dag_id,
    "lab": describe(submit.submit_lab), "wards": describe(consortium.consortium_wards_2)}))
"""
FORMS = AllForms(
    (Form("lab", "Lab", ()),), (ConsortiumForm("wards", 2, "Wards", "union", (("ada", "Ada"),)),)
)
DAG_NAMES = ("lab", "wards")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the DAG files say of themselves, over an organisation's form and a consortium's."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TELL, str(DAGS)],
        env={**keep_forms(home / "airflow", FORMS), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.rsplit("RESULT", 1)[1])
    return found


def test_constants_are_the_platforms(told: dict[str, Any]) -> None:
    assert told["constants"] == {
        "PLATFORM_USER": names.PLATFORM_USER,
        "SUBMIT_PREFIX": names.SUBMIT_PREFIX,
        "CONSORTIUM_PREFIX": names.CONSORTIUM_PREFIX,
        "STEP_ENDED": names.STEP_ENDED,
        "AIRFLOW_PREFIXES": list(AIRFLOW_PREFIXES),
    }


def test_dags_have_the_names_the_platform_asks_for(told: dict[str, Any]) -> None:
    lab, wards = (told[name]["dag"] for name in DAG_NAMES)
    assert (lab, wards) == (names.submit_dag("lab"), names.consortium_dag("wards", 2))
    assert told["warm_up"] == names.WARM_UP
    by = names.FormOwner
    assert names.owner_of(names.run_of(lab, "manual__1")) == by("organisation", "lab")
    assert names.owner_of(names.run_of(wards, "manual__1")) == by("consortium", "wards")


@pytest.mark.parametrize("name", DAG_NAMES)
def test_form_asks_for_what_the_step_is_given(told: dict[str, Any], name: str) -> None:
    assert told[name]["params"] == told[name]["fields"]
    assert list(told[name]["submissions"]) == ["plan"]


def test_step_is_given_a_submission(told: dict[str, Any]) -> None:
    every = {field.name for field in dataclasses.fields(Submission)}
    lab, wards = (set(told[name]["submissions"]["plan"]) for name in DAG_NAMES)
    assert wards == every
    # A dataset's answer is for whoever asks, and one agent computes it.
    assert lab == every - {"recipient", "verified"}


def test_steps_are_commands_with_the_options_they_are_given(told: dict[str, Any]) -> None:
    assert {task for name in DAG_NAMES for task in told[name]["steps"]} == set(step.COMMANDS)
    for name in DAG_NAMES:
        for task in told[name]["steps"]:
            options = {one.name for one in command(task).params if one.required}
            submitted = task in told[name]["submissions"]
            assert options == {"run"} | ({"user", "submission"} if submitted else set())
            is_told = any(one.name == "tries_left" for one in command(task).params)
            assert is_told == (task in told[name]["told_tries"])


@pytest.mark.parametrize("name", DAG_NAMES)
def test_waits_are_those_the_housekeeper_answers(told: dict[str, Any], name: str) -> None:
    assert sorted(told[name]["waits"]) == sorted(get_args(AirflowWait))


def command(name: str) -> click.Command:
    found = step.step.get_command(click.Context(step.step), name)
    assert found is not None
    return found
