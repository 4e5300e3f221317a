"""Where Airflow's api-server answers: its public API, its pages, and our sign-on under /auth.

All are paths; in front stands `Settings.airflow_url` for a program of the platform, and
`Settings.airflow_browser_url` for a browser.
"""

from __future__ import annotations

from urllib.parse import quote

from market.airflow.names import consortium_dag, parts_of, submit_dag

HEALTH = "/api/v2/monitor/health"
"""Says of every process of Airflow's whether it lives."""

VERSION = "/api/v2/version"
"""Says which release answers, to everybody."""

WORKERS_HEALTH = "/execution/health"
"""Of the interface that workers call; the first request to it builds that interface."""

TOKEN = "/auth/token"  # noqa: S105 - an address
"""POST name and password: an access token."""

CODE = "/auth/code"
"""POST a one-time code of the platform's: an access token."""

LOGIN = "/auth/login"
"""GET in a browser: marks it, and sends it to the portal's hand-over page."""

SIGN_ON = "/auth/sso"
"""POST that page's form: signs the browser on."""


def dag(dag_id: str) -> str:
    """A DAG of the API; with `/details` after it, its form."""
    return f"/api/v2/dags/{_segment(dag_id)}"


def runs(dag_id: str) -> str:
    """A DAG's runs: POST starts one."""
    return f"{dag(dag_id)}/dagRuns"


def run(name: str) -> str:
    """A run, by its one name (market.airflow.names.run_of)."""
    dag_id, run_id = parts_of(name)
    return f"{runs(dag_id)}/{_segment(run_id)}"


def task(name: str, task_id: str) -> str:
    """A task of a run."""
    return f"{run(name)}/taskInstances/{_segment(task_id)}"


def form_page(organisation: str) -> str:
    """The page with the submit form of an organisation."""
    return f"/dags/{submit_dag(organisation)}"


def consortium_page(consortium: str, number: int) -> str:
    """The page with the form and all runs of a consortium's agreement."""
    return f"/dags/{consortium_dag(consortium, number)}"


def run_page(name: str) -> str:
    """The page of a run."""
    dag_id, run_id = parts_of(name)
    return f"/dags/{_segment(dag_id)}/runs/{_segment(run_id)}"


def _segment(name: str) -> str:
    """A name as one segment of a path, whatever stands in it."""
    quoted = quote(name, safe="")
    # Airflow lets a person call a run `.`, and clients leave such a segment out of an address.
    return quoted.replace(".", "%2E") if set(name) == {"."} else quoted
