"""The buyer at Airflow: they sign in, find their form, and start a run, over the same REST
interface that the form's button uses."""

from __future__ import annotations

from typing import Any

import httpx

from market.errors import Unavailable


class AirflowVisitor:
    """One signed-in person at Airflow's web server.

    Raises:
        Unavailable: Airflow does not answer, or refuses the password.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        answer = self._http.post("/auth/token", json={"username": user, "password": password})
        token = _json(answer)["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def wait_for_dataset(self, dag: str, dataset: str) -> bool:
        """Whether the form of a DAG offers the dataset by now."""
        answer = self._http.get(f"/api/v2/dags/{dag}/details")
        if answer.status_code in (403, 404):
            # The form has not been read by Airflow yet.
            return False
        return dataset in str(_json(answer).get("params"))

    def trigger(self, dag: str, form: dict[str, str]) -> str:
        """Start a run with the form's values: the run's id."""
        answer = self._http.post(
            f"/api/v2/dags/{dag}/dagRuns", json={"logical_date": None, "conf": form}
        )
        return str(_json(answer)["dag_run_id"])


def _json(answer: httpx.Response) -> Any:
    if not answer.is_success:
        raise Unavailable(
            "airflow-refused",
            f"Airflow answered {answer.status_code}: {answer.text[:500]}",
            "Look at build/demo/platform/logs.",
        )
    return answer.json()
