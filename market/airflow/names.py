"""What DAGs, tasks and runs are called.

dags/ imports nothing of ours, so its files spell these names again; tests/dags holds both to one
vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SUBMIT_PREFIX = "submit_"
"""Before an organisation's name: the DAG of its submit form. Airflow authorises per DAG, so the
name says to whom one belongs."""

CONSORTIUM_PREFIX = "consortium_"
"""Before a consortium's id and the number of its agreement: the DAG of that agreement's members."""

WARM_UP = "warm_up"
"""The DAG without work."""

PLATFORM_USER = "market:portal"
"""As whom the platform ends waits: a name that no person can have."""

STEP_ENDED = 3
"""Exit code of a step whose job has ended or was never taken in: trying again is no use."""


def submit_dag(organisation: str) -> str:
    """The DAG of an organisation's submit form."""
    return SUBMIT_PREFIX + organisation


def consortium_dag(consortium: str, number: int) -> str:
    """The DAG of a consortium's agreement; no id holds an underscore."""
    return f"{CONSORTIUM_PREFIX}{consortium}_{number}"


def run_of(dag: str, run_id: str) -> str:
    """The one name of a run, by which a job knows it: `dag_id/run_id`."""
    return f"{dag}/{run_id}"


def parts_of(run: str) -> tuple[str, str]:
    """DAG id and run id of a run's name; neither of them holds a slash."""
    dag, _, run_id = run.partition("/")
    return dag, run_id


@dataclass(frozen=True, slots=True)
class FormOwner:
    """Whose form started a run: an organisation, or a consortium, by its id."""

    kind: Literal["organisation", "consortium"]
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def owner_of(run: str) -> FormOwner:
    """Whose form started a run."""
    dag, _ = parts_of(run)
    if dag.startswith(CONSORTIUM_PREFIX):
        consortium, _, _number = dag.removeprefix(CONSORTIUM_PREFIX).rpartition("_")
        return FormOwner("consortium", consortium)
    return FormOwner("organisation", dag.removeprefix(SUBMIT_PREFIX))
