"""What DAGs, tasks and runs are called.

dags/ imports nothing of ours, so its files spell these names again; tests/dags holds both to one
vocabulary.
"""

from __future__ import annotations

SUBMIT_PREFIX = "submit_"
"""Before an organisation's name: the DAG of its submit form. Airflow authorises per DAG, so the
name says to whom one belongs."""

WARM_UP = "warm_up"
"""The DAG without work."""

PLATFORM_USER = "market:portal"
"""As whom the platform ends waits: a name that no person can have."""

STEP_ENDED = 3
"""Exit code of a step whose job has ended or was never taken in: trying again is no use."""


def submit_dag(organisation: str) -> str:
    """The DAG of an organisation's submit form."""
    return SUBMIT_PREFIX + organisation


def run_of(dag: str, run_id: str) -> str:
    """The one name of a run, by which a job knows it: `dag_id/run_id`."""
    return f"{dag}/{run_id}"


def parts_of(run: str) -> tuple[str, str]:
    """DAG id and run id of a run's name; neither of them holds a slash."""
    dag, _, run_id = run.partition("/")
    return dag, run_id


def organisation_of(run: str) -> str:
    """Whose submit form started a run."""
    return parts_of(run)[0].removeprefix(SUBMIT_PREFIX)
