"""The tasks that a job's run is made of, whichever DAG carries it: steps and waits.

A step runs the product's command line with an argument list: no shell, no template, nothing of the
form in this process. A wait is parked in Airflow's database, takes no worker slot, and is ended by
the platform alone; what it ends is a wait, not a check: every step verifies the signatures itself.

Files of this folder import each other, Airflow and the standard library only: what they share with
the platform (names in capitals, tasks, fields, arguments) is written twice, and tests/dags compares
the two.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PLATFORM_USER = "market:portal"
"""The one who ends waits."""

AIRFLOW_PREFIXES = ("AIRFLOW", "_AIR")
"""How the names of Airflow's variables begin."""

STEP_ENDED = 3
"""Exit code of a step whose job has ended or was never taken in: trying again is no use."""

TOLD_TRIES: Final[dict[str, Any]] = {
    "retries": 6,
    "retry_delay": timedelta(seconds=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=2),
    "is_told_tries": True,
}
"""Of a step that a full disk or a store that is away may stop: such is mended within minutes, which
these tries cover, or by somebody who is called; then the job ends and says so."""

_SHOWN_LINES = 200
_KILL_AFTER_SECONDS = 10


class Step(BaseOperator):
    """One step of a job: `market step NAME --run DAG/RUN`, safe to repeat after a crash.

    Args:
        fields: of the run's form, which this step is given.
        fixed: what belongs to the same submission and is the DAG's own to say, not the form's.
        is_told_tries: whether the step is told how many tries are left.
    """

    def __init__(
        self,
        *,
        fields: Sequence[str] = (),
        fixed: Mapping[str, str] | None = None,
        is_told_tries: bool = False,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self.fields = tuple(fields)
        self.fixed = dict(fixed or {})
        self.is_told_tries = is_told_tries
        self._process: subprocess.Popen[str] | None = None

    def execute(self, context: Context) -> None:
        command = step_command(self.task_id, context, self.fields, self.fixed)
        if self.is_told_tries:
            command.append(f"--tries-left={tries_left(context)}")
        # The worker's own secrets are not the step's business.
        environment = {k: v for k, v in os.environ.items() if not k.startswith(AIRFLOW_PREFIXES)}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            process_group=0,
        )
        try:
            last = self._follow(self._process)
            code = self._process.wait()
        finally:
            self.on_kill()
        if code == STEP_ENDED:
            raise AirflowFailException(last or "The job has ended.")
        if code != 0:
            raise AirflowException(f"Step {self.task_id} broke off with {code}: {last}")

    def on_kill(self) -> None:
        """End the step's whole process group; a step that has ended is left alone."""
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(_KILL_AFTER_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _follow(self, process: subprocess.Popen[str]) -> str:
        last = ""
        shown = 0
        for line in process.stdout or ():
            if not line.strip():
                continue
            last = line.strip()
            shown += 1
            if shown <= _SHOWN_LINES:
                self.log.info("%s", last)
        return last


def step_command(
    step: str, context: Context, fields: Sequence[str], fixed: Mapping[str, str]
) -> list[str]:
    """The argument list of a step. A submission goes as one JSON object in ASCII, which any
    argument can hold, bound to its option by `=`, so that it is never read as an option itself."""
    run = context["dag_run"]
    command = [sys.executable, "-P", "-m", "market.cli.main", "step", step]
    command.append(f"--run={run.dag_id}/{run.run_id}")
    if fields:
        command.append(f"--user={run.triggering_user_name or ''}")
        form = context["params"]
        submission = {name: form[name] for name in fields} | dict(fixed)
        command.append("--submission=" + json.dumps(submission))
    return command


def tries_left(context: Context) -> int:
    """How often the task is tried again if this try fails."""
    task = context["ti"]
    return max(0, task.max_tries + 1 - task.try_number)


class Wait(HITLOperator):
    """Parked until the platform ends it, by setting its state: nobody answers the question that
    Airflow shows, and no worker runs for it again."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(
            options=["Go on"],
            assigned_users=[{"id": PLATFORM_USER, "name": PLATFORM_USER}],
            **arguments,
        )
