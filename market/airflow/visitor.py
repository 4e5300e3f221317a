"""A person at Airflow's web server: they sign in, find their form, and start a run, over the same
REST interface that the form's button uses."""

from __future__ import annotations

from typing import Any

import httpx

from market.airflow import addresses
from market.airflow.names import run_of
from market.errors import Unavailable

_TIMEOUT_SECONDS = 60


class AirflowVisitor:
    """One signed-in person, at the form of one DAG (market.airflow.names).

    Raises:
        Unavailable: `airflow-refused`: Airflow answers with an error, to a wrong password too.
    """

    def __init__(self, url: str, dag: str, user: str, password: str) -> None:
        self._dag = dag
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)
        body = {"username": user, "password": password}
        token = _json(self._http.post(addresses.TOKEN, json=body))["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        """Leave: nothing more is asked."""
        self._http.close()

    def is_offered(self, choice: str) -> bool:
        """Whether the form offers a dataset, or a recipient, by now."""
        answer = self._http.get(f"{addresses.dag(self._dag)}/details")
        if answer.status_code in (403, 404):
            # The form has not been read by Airflow yet.
            return False
        return repr(choice) in str(_json(answer).get("params"))

    def submit(self, form: dict[str, str]) -> str:
        """Start a run with the form's values: its name (market.airflow.names.run_of)."""
        body = {"logical_date": None, "conf": form}
        answer = self._http.post(addresses.runs(self._dag), json=body)
        return run_of(self._dag, str(_json(answer)["dag_run_id"]))


def _json(answer: httpx.Response) -> Any:
    if not answer.is_success:
        raise Unavailable(
            "airflow-refused",
            f"Airflow answered {answer.status_code}: {answer.text[:500]}",
            "Look at the logs in the platform's home.",
        )
    return answer.json()
