"""The DAG files as Airflow reads them, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world.kept_forms import keep_forms

from market.airflow.names import PLATFORM_USER
from market.entities.stages import AllForms, ConsortiumForm, Form
from market.errors import Refused
from market.policy.budget.epsilon import read_epsilon
from market.policy.submission.commit import read_commit
from market.policy.submission.submission import Submission

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parent.parent.parent
READ = """
import json, sys
from airflow.dag_processing.dagbag import BundleDagBag
bag = BundleDagBag(sys.argv[1], bundle_path=sys.argv[1], bundle_name="dags-folder")
def describe(dag):
    return {
        "paused": dag.is_paused_upon_creation,
        "active": dag.max_active_runs,
        "tasks": [task.task_id for task in dag.topological_sort()],
        "params": {name: dag.params.get_param(name).schema for name in dag.params},
        "texts": {name: dag.params.get_param(name).description for name in dag.params},
        "defaults": {name: dag.params.get_param(name).value for name in dag.params},
        "assigned": [[u["id"] for u in task.assigned_users]
                     for task in dag.tasks if hasattr(task, "assigned_users")],
        "schedule": dag.schedule,
        "told": {task.task_id: task.retries
                 for task in dag.tasks if getattr(task, "is_told_tries", False)},
    }
print("RESULT" + json.dumps(
    {"errors": bag.import_errors, "dags": {k: describe(v) for k, v in bag.dags.items()}}))
"""
COMMAND = """
import json, os, types, job_steps
run = types.SimpleNamespace(dag_id="submit_lab", run_id="01", triggering_user_name="ada")
given = json.loads(os.environ["FORM"])
context = {"dag_run": run, "params": given["form"]}
command = job_steps.step_command("plan", context, tuple(given["form"]), given["fixed"])
print("RESULT" + json.dumps(command))
"""
TRIES = """
import json, job_steps, types
def left(number):
    task = types.SimpleNamespace(max_tries=6, try_number=number)
    return job_steps.tries_left({"ti": task})
print("RESULT" + json.dumps([left(number) for number in (1, 6, 7, 8)]))
"""
FORMS = AllForms(
    (
        Form("north-lab", "North Lab", (("clinic-visits", "Visits"), ("household", "Households"))),
        Form("rival-lab", "Rival {Lab}", ()),
    ),
    (
        ConsortiumForm(
            "three-wards", 2, "Wards {of} a town", "union", (("ada", "Ada (ada)"), ("bo", "Bo"))
        ),
        ConsortiumForm("both-shops", 1, "Shops", "join", ()),
    ),
)


@pytest.fixture(scope="module")
def read_dags(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("home")
    return read(home, keep_forms(home / "airflow", FORMS))


def read(home: Path, forms: dict[str, str]) -> dict[str, Any]:
    environment = {
        **forms,
        "PATH": os.environ["PATH"],
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
    }
    command = [sys.executable, "-W", "ignore", "-c", READ, str(ROOT / "dags")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.rsplit("RESULT", 1)[1])
    return found


def test_dags_import_without_errors(read_dags: dict[str, Any]) -> None:
    assert read_dags["errors"] == {}


def test_every_form_has_its_dag_and_there_is_no_other(read_dags: dict[str, Any]) -> None:
    assert set(read_dags["dags"]) == {
        "submit_north-lab",
        "submit_rival-lab",
        "consortium_three-wards_2",
        "consortium_both-shops_1",
        "warm_up",
    }


def test_organisation_chooses_among_its_own_datasets(read_dags: dict[str, Any]) -> None:
    dataset = read_dags["dags"]["submit_north-lab"]["params"]["dataset"]
    assert dataset["enum"] == ["clinic-visits", "household"]
    assert dataset["values_display"]["household"] == "Households (household)"
    assert read_dags["dags"]["submit_rival-lab"]["params"]["dataset"]["enum"] == [""]


def test_no_dataset_is_chosen_for_anybody(read_dags: dict[str, Any]) -> None:
    for dag in ("submit_north-lab", "submit_rival-lab"):
        dataset = read_dags["dags"][dag]["params"]["dataset"]
        assert read_dags["dags"][dag]["defaults"]["dataset"] == ""
        assert dataset["minLength"] == 1


def test_consortium_is_asked_for_one_of_its_recipients(read_dags: dict[str, Any]) -> None:
    dag = read_dags["dags"]["consortium_three-wards_2"]
    assert list(dag["params"]) == ["repository", "commit", "recipient", "epsilon", "verified"]
    recipient = dag["params"]["recipient"]
    assert recipient["enum"] == ["ada", "bo"]
    assert recipient["values_display"]["ada"] == "Ada (ada)"
    assert dag["params"]["verified"]["enum"] == ["yes", "no"]
    assert dag["defaults"]["recipient"] == dag["defaults"]["verified"] == ""
    # Nobody of the agreement has a key here: the form says so, and starts nothing.
    nobody = read_dags["dags"]["consortium_both-shops_1"]["params"]["recipient"]
    assert nobody["enum"] == [""]
    assert nobody["minLength"] == 1


def test_form_of_a_join_says_when_arithmetic_has_to_be_verified(read_dags: dict[str, Any]) -> None:
    said = {
        name: read_dags["dags"][name]["texts"]["verified"]
        for name in ("consortium_three-wards_2", "consortium_both-shops_1")
    }
    assert "alone" in said["consortium_both-shops_1"]
    assert said["consortium_three-wards_2"] != said["consortium_both-shops_1"]


def test_form_states_its_rules(read_dags: dict[str, Any]) -> None:
    params = read_dags["dags"]["submit_north-lab"]["params"]
    assert list(params) == ["repository", "commit", "dataset", "epsilon"]
    assert params["epsilon"]["type"] == "string"


COMMITS = st.from_regex(r"[ \t\r\n]{0,2}[0-9a-fA-FgG]{39,41}[ \n]{0,2}", fullmatch=True)
EPSILONS = st.from_regex(r"[ \n]?-?[01]?[0-9]{0,3}\.?[0-9]{0,10}[ \n]?", fullmatch=True)


@given(COMMITS)
def test_form_and_step_take_the_same_commits(read_dags: dict[str, Any], commit: str) -> None:
    assert passes(read_dags, "commit", commit) == is_taken(read_commit, commit)


@given(EPSILONS | st.sampled_from(["100", "100.0", "100.000000001", "0", "00.0", "1.0", "0.50"]))
def test_form_and_step_take_the_same_epsilons(read_dags: dict[str, Any], epsilon: str) -> None:
    assert passes(read_dags, "epsilon", epsilon) == is_taken(read_epsilon, epsilon)


def passes(read_dags: dict[str, Any], name: str, value: str) -> bool:
    """As Airflow reads a parameter's JSON schema, the same in every form."""
    (pattern,) = {
        dag["params"][name]["pattern"] for dag in read_dags["dags"].values() if dag["params"]
    }
    return re.search(pattern, value) is not None


def is_taken(rule: Callable[[str], str], value: str) -> bool:
    try:
        rule(value)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("held", ["a\0b", "a\ud800b"])
def test_form_that_no_argument_can_hold_reaches_the_step(held: str) -> None:
    """It starts, and the step is given it as it is; a job ends with its refusal."""
    command = step_command(repository=held, commit="c", dataset="d", epsilon="1")
    (option,) = (one for one in command if one.startswith("--submission="))
    submission = Submission.from_text(option.removeprefix("--submission="))
    assert submission == Submission(held, "c", "d", "1")
    with pytest.raises(Refused, match="text-unreadable"):
        submission.normal()
    assert subprocess.run(["true", *command], check=True).returncode == 0


def test_consortium_is_what_its_dag_asks_whatever_a_run_is_given() -> None:
    command = step_command(fixed={"dataset": "three-wards"}, dataset="other", commit="c")
    (option,) = (one for one in command if one.startswith("--submission="))
    given = json.loads(option.removeprefix("--submission="))
    assert given == {"commit": "c", "dataset": "three-wards"}


def test_evaluation_knows_how_often_it_is_tried_again(read_dags: dict[str, Any]) -> None:
    assert read_dags["dags"]["submit_north-lab"]["told"] == {"evaluate": 6}
    assert read_dags["dags"]["consortium_three-wards_2"]["told"] == {}
    assert said(TRIES) == [6, 1, 0, 0]


def step_command(*, fixed: dict[str, str] | None = None, **form: str) -> list[str]:
    """What the DAG would run, its form's values given as JSON has them."""
    return list(said(COMMAND, FORM=json.dumps({"form": form, "fixed": fixed or {}})))


def said(text: str, **given: str) -> list[Any]:
    """What a script says that may import the DAG folder's modules."""
    environment = {"PATH": os.environ["PATH"], "MARKET_HOME": "/nonexistent", **given}
    script = f"import sys; sys.path.insert(0, {str(ROOT / 'dags')!r})\n{text}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout.rsplit("RESULT", 1)[1])
    return found


@pytest.mark.parametrize(
    ("name", "middle"), [("submit_north-lab", "evaluate"), ("consortium_three-wards_2", "seal")]
)
def test_run_waits_twice_and_only_the_platform_answers(
    read_dags: dict[str, Any], name: str, middle: str
) -> None:
    dag = read_dags["dags"][name]
    assert dag["tasks"] == ["plan", "await_signatures", middle, "await_release"]
    assert dag["assigned"] == [[PLATFORM_USER], [PLATFORM_USER]]


@pytest.mark.parametrize("name", ["submit_north-lab", "consortium_three-wards_2"])
def test_runs_start_by_hand_at_once_and_in_number(read_dags: dict[str, Any], name: str) -> None:
    dag = read_dags["dags"][name]
    assert dag["paused"] is False
    assert dag["schedule"] is None
    assert dag["active"] >= 1_000
