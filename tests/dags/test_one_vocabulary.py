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

from market.airflow import names
from market.airflow.environment import AIRFLOW_PREFIXES
from market.airflow.forms import FileForms
from market.cli import step
from market.entities.job_states import AirflowWait
from market.entities.stages import Form
from market.policy.submission import Submission

pytestmark = pytest.mark.processes

DAGS = Path(__file__).parent.parent.parent / "dags"
TELL = """
import json, sys
sys.path.insert(0, sys.argv[1])
import submit, warm_up
constants = {name: getattr(submit, name) for name in
    ("PLATFORM_USER", "SUBMIT_PREFIX", "STEP_ENDED", "AIRFLOW_PREFIXES", "FIELDS")}
dag = submit.submit_lab
steps = [task.task_id for task in dag.tasks if isinstance(task, submit.Step)]
waits = [task.task_id for task in dag.tasks if isinstance(task, submit.Wait)]
print("RESULT" + json.dumps(
    {"constants": constants, "dag": dag.dag_id, "steps": steps, "waits": waits,
     "with form": [task.task_id for task in dag.tasks if getattr(task, "with_form", False)],
     "params": list(dag.params), "warm_up": warm_up.warm_up.dag_id}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the DAG files say of themselves, over one organisation's form."""
    home = tmp_path_factory.mktemp("home")
    FileForms(home / "forms.json").write((Form("lab", "Lab", ()),))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TELL, str(DAGS)],
        env={
            "PATH": os.environ["PATH"],
            "MARKET_HOME": str(home),
            "AIRFLOW_HOME": str(home / "airflow"),
        },
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
        "STEP_ENDED": names.STEP_ENDED,
        "AIRFLOW_PREFIXES": list(AIRFLOW_PREFIXES),
        "FIELDS": [field.name for field in dataclasses.fields(Submission)],
    }


def test_dags_have_the_names_the_platform_asks_for(told: dict[str, Any]) -> None:
    assert told["dag"] == names.submit_dag("lab")
    assert told["warm_up"] == names.WARM_UP
    assert names.organisation_of(names.run_of(told["dag"], "manual__1")) == "lab"


def test_form_asks_for_a_submission(told: dict[str, Any]) -> None:
    assert told["params"] == told["constants"]["FIELDS"]


def test_steps_are_commands_with_the_options_they_are_given(told: dict[str, Any]) -> None:
    assert set(told["steps"]) == set(step.COMMANDS)
    for name in told["steps"]:
        options = {parameter.name for parameter in command(name).params if parameter.required}
        assert options == {"run"} | ({"user", "submission"} if name in told["with form"] else set())


def test_waits_are_those_the_housekeeper_answers(told: dict[str, Any]) -> None:
    assert sorted(told["waits"]) == sorted(get_args(AirflowWait))


def command(name: str) -> click.Command:
    found = step.step.get_command(click.Context(step.step), name)
    assert found is not None
    return found
