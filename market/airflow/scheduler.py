"""Airflow over its REST API.

The platform holds no Airflow password: it signs a one-time code (market.airflow.sign_on_code) and
redeems it for a token. A run is triggered under its buyer's own name and rights, so Airflow records
them; waits are ended under the platform's.
"""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import httpx

from crypto.secret import RotatedSecret
from market.airflow import addresses
from market.airflow.names import (
    PLATFORM_USER,
    WARM_UP,
    consortium_dag,
    owner_of,
    parts_of,
    run_of,
    submit_dag,
)
from market.airflow.sign_on_code import issue_code
from market.errors import NotPermitted, Refused, Unavailable
from market.ports.stages import RunUnanswered

TIMEOUT_SECONDS = 20
PAUSES_SECONDS = (0.5, 1, 2)
_PARKED = "awaiting_input"
_STOPPED = "The job has ended: the portal's job page says why."
# How Airflow refuses a value of a form, and where it begins to print the form's schema.
_NOT_OFFERED = re.compile(r"Invalid input for param (dataset|recipient):")
_SCHEMA = "\n\nFailed validating"
_ENDED_RUN_STATES = frozenset({"success", "failed"})
_ENDED_TASK_STATES = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


class _Late(Unavailable):
    """The request arrived, its answer did not."""


class AirflowScheduler:
    """Implements market.ports.stages.Scheduler. Airflow is the platform's own, so no proxy of the
    environment lies between.

    Args:
        url: of the api-server, without a path.
        sign_on: the secret the codes are signed with.
    """

    def __init__(self, url: str, sign_on: RotatedSecret) -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)
        self._sign_on = sign_on
        self._token = ""
        self._lock = threading.Lock()

    def close(self) -> None:
        """Give up the connections to Airflow."""
        self._http.close()

    def run_of(self, organisation: str, name: str) -> str:
        """`dag_id/run_id` (market.ports.stages.Scheduler.run_of)."""
        return run_of(submit_dag(organisation), name)

    def run_of_consortium(self, consortium: str, number: int, name: str) -> str:
        """`dag_id/run_id` (market.ports.stages.Scheduler.run_of_consortium)."""
        return run_of(consortium_dag(consortium, number), name)

    def trigger(self, run: str, user: str, conf: dict[str, str]) -> None:
        """Start a run as `user`, under their own rights; one that was started before is left alone.

        Raises:
            RunUnanswered: `form-not-ready`: it does not know the DAG yet, or the dataset or
                recipient in its form.
            Unavailable: Airflow does not answer.
            Refused: it refuses the values, or the user may not start this DAG.
        """
        owner = owner_of(run)
        dag, run_id = parts_of(run)
        body = {"dag_run_id": run_id, "logical_date": None, "conf": conf}
        answer = self._insist(addresses.runs(dag), self._token_of(user), body)
        if answer.status_code == 409:
            # The run is there: an earlier attempt's answer was lost.
            return
        if answer.status_code == 404:
            raise RunUnanswered(
                "form-not-ready",
                f"Airflow does not know the form of {owner} yet.",
                "A new form appears within half a minute.",
            )
        if answer.status_code == 400 and (late := _NOT_OFFERED.match(_detail(answer))):
            # Who may ask was judged before: the form has not caught up with it.
            raise RunUnanswered(
                "form-not-ready",
                f"The form of {owner} does not offer {late[1]} {conf[late[1]]} yet.",
                "It appears there within half a minute of the grant or the key.",
            )
        if answer.status_code in (400, 403, 422):
            raise Refused(
                "form-refused",
                f"Airflow refused the run: {_detail(answer).partition(_SCHEMA)[0][:500]}",
                "Correct the values; the form's fields state their rules.",
            )
        _require(answer)

    def warm_up(self, run_id: str) -> bool:
        """Run one task without work. False while Airflow does not know the DAG yet.

        Raises:
            Unavailable: Airflow does not answer.
        """
        body: dict[str, Any] = {"dag_run_id": run_id, "logical_date": None, "conf": {}}
        answer = self._as_platform("POST", addresses.runs(WARM_UP), body)
        if answer.status_code == 404:
            return False
        _require(answer)
        return True

    def has_ended(self, run: str) -> bool:
        """Whether the run is over, or gone (market.ports.stages.Scheduler.has_ended)."""
        answer = self._as_platform("GET", addresses.run(run), None)
        if answer.status_code == 404:
            return True
        return _state_of(answer) in _ENDED_RUN_STATES

    def answer(self, run: str, wait: str, *, go_on: bool) -> bool:
        """End a wait of a run (market.ports.stages.Scheduler.answer).

        By the task's state, not by Airflow's answer to a question: an answer queues the same try
        once more, and the report of the worker that parked it, which may come seconds late, is
        then taken for a crash of the new one. Nothing runs after a state is set.

        Raises:
            RunUnanswered: Airflow cannot tell the state of this run or task, or not set it.
            Unavailable: Airflow does not answer.
        """
        path = addresses.task(run, wait)
        found = self._as_platform("GET", path, None)
        if found.status_code == 404:
            return self.has_ended(run)
        state = _state_of(found)
        if state != _PARKED:
            return state in _ENDED_TASK_STATES or (state is None and self.has_ended(run))
        body = {"new_state": "success"} if go_on else {"new_state": "failed", "note": _STOPPED}
        ended = self._as_platform("PATCH", path, body)
        if ended.status_code != 409:
            _require(ended, RunUnanswered)
        return True

    def _insist(self, path: str, token: str, body: dict[str, Any]) -> httpx.Response:
        """POST a run, again while Airflow is busy: the run has its name from us, so asking again
        starts no second one, and one whose answer was lost is there."""
        for pause_seconds in PAUSES_SECONDS:
            try:
                answer = self._call("POST", path, token, body)
            except _Late:
                continue
            if answer.status_code < 500:
                return answer
            time.sleep(pause_seconds)
        return self._call("POST", path, token, body)

    def _as_platform(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        with self._lock:
            token = self._token = self._token or self._token_of(PLATFORM_USER)
        answer = self._call(method, path, token, body)
        if answer.status_code in (401, 403):
            # Expired, or signed before Airflow got another secret.
            with self._lock:
                token = self._token = self._token_of(PLATFORM_USER)
            answer = self._call(method, path, token, body)
        return answer

    def _token_of(self, user: str) -> str:
        code = issue_code(self._sign_on()[0].reveal(), user, int(time.time()))
        answer = self._call("POST", addresses.CODE, "", {"code": code})
        if answer.status_code in (401, 403):
            raise NotPermitted(
                "airflow-sign-on",
                f"Airflow does not sign {user} on: {_detail(answer)[:200]}",
                "Check that the user is active, and that portal and Airflow share MARKET_HOME.",
            )
        _require(answer)
        token: str = answer.json()["access_token"]
        return token

    def _call(
        self, method: str, path: str, token: str, body: dict[str, Any] | None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return self._http.request(method, path, headers=headers, json=body)
        except httpx.HTTPError as error:
            kind = _Late if isinstance(error, httpx.ReadTimeout) else Unavailable
            raise kind(
                "airflow-unavailable",
                f"Airflow at {self._http.base_url} does not answer ({type(error).__name__}).",
                "Check `market status`, then try again.",
            ) from error


def _detail(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return f"status {answer.status_code}"
    return str(body.get("detail", body)) if isinstance(body, dict) else str(body)


def _state_of(answer: httpx.Response) -> str | None:
    """The state of a run or a task; None before it has one (raises RunUnanswered)."""
    _require(answer, RunUnanswered)
    try:
        state: str | None = answer.json()["state"]
    except (ValueError, KeyError, TypeError) as error:
        raise RunUnanswered(
            "airflow-unavailable",
            f"Airflow answered {answer.request.url.path} with what has no state.",
            "Compare Airflow's version with the one this platform is locked to.",
        ) from error
    return state


def _require(answer: httpx.Response, failure: type[Unavailable] = Unavailable) -> None:
    if not answer.is_success:
        raise failure(
            "airflow-unavailable",
            f"Airflow answered {answer.status_code}: {_detail(answer)[:200]}",
            "Check `market status` and the logs under MARKET_HOME/logs, then try again.",
        )
