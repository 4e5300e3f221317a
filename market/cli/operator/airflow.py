"""airflow: Airflow's processes, each in the foreground, configured by the platform's settings."""

from __future__ import annotations

import click

from market.airflow.components import API_SERVER, DAG_PROCESSOR, SCHEDULER, Component
from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.session import Session, load_settings, pass_session
from market.processes.airflow import become, become_worker, migrate

COMMANDS = {
    "api-server": Lazy("operator.airflow:api_server", "Airflow's pages and APIs."),
    "scheduler": Lazy("operator.airflow:scheduler", "Starts the steps of jobs."),
    "dag-processor": Lazy("operator.airflow:dag_processor", "Reads dags/ and the forms."),
    "worker": Lazy("operator.airflow:worker", "What Airflow runs in the pod of a step."),
    "migrate": Lazy(
        "operator.airflow:migrate_airflow", "Make Airflow's database, or bring it up to date."
    ),
}


@click.group("airflow", cls=LazyGroup, lazy=COMMANDS)
def airflow() -> None:
    """The processes of the platform's Airflow. `market up` runs them on one machine."""


def _become(session: Session, component: Component) -> None:
    become(load_settings(session), component)


@click.command("api-server", cls=Leaf, epilog="Example: market airflow api-server")
@pass_session
def api_server(session: Session) -> None:
    """Serve Airflow's pages and APIs until told to stop."""
    _become(session, API_SERVER)


@click.command("scheduler", cls=Leaf, epilog="Example: market airflow scheduler")
@pass_session
def scheduler(session: Session) -> None:
    """Start the steps of jobs until told to stop: beside it, or in pods (airflow_executor)."""
    _become(session, SCHEDULER)


@click.command("dag-processor", cls=Leaf, epilog="Example: market airflow dag-processor")
@pass_session
def dag_processor(session: Session) -> None:
    """Read dags/, and with it the forms, again and again until told to stop."""
    _become(session, DAG_PROCESSOR)


@click.command(
    "worker",
    cls=Leaf,
    context_settings={"ignore_unknown_options": True},
    epilog="Example: market airflow worker "
    "python -m airflow.sdk.execution_time.execute_workload --json-string '{...}'",
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
@pass_session
def worker(session: Session, words: tuple[str, ...]) -> None:
    """Run what Airflow puts after this command in a pod's template, configured by our settings.

    Such a pod's container begins with this command (airflow_pod_template).
    """
    become_worker(load_settings(session), words)


@click.command("migrate", cls=Leaf, epilog="Example: market airflow migrate")
@pass_session
def migrate_airflow(session: Session) -> None:
    """Make Airflow's own database, or bring it to the installed Airflow's version.

    Before its other processes start. The platform's own is another: market admin migrate.
    """
    done = migrate(load_settings(session))
    text = "Prepared Airflow's database." if done else "Airflow's database is up to date."
    session.output.show({"migrated": done}, lambda output: output.line(text))
