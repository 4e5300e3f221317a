"""One submit DAG per organisation that has a buyer, generated from MARKET_HOME/forms.json.

    plan ──▶ await_signatures ──▶ evaluate ──▶ await_release

Airflow authorises per DAG, never per run, so no two organisations share one. A step runs the
product's command line with an argument list: no shell, no template, nothing of the form in this
process. A wait is parked in Airflow's database, takes no worker slot, and is ended by the platform
alone; what it ends is a wait, not a check: every step verifies the signatures itself.

This file imports Airflow and the standard library only: what it shares with the platform (names in
capitals, tasks, fields, arguments) is written twice, and tests/dags compares the two.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, BaseOperator, Context, Param
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PLATFORM_USER = "market:portal"
"""The one who ends waits."""

AIRFLOW_PREFIXES = ("AIRFLOW", "_AIR")
"""How the names of Airflow's variables begin."""

SUBMIT_PREFIX = "submit_"

STEP_ENDED = 3
"""Exit code of a step whose job has ended or was never taken in: trying again is no use."""

COMMIT = r"^[ \t\r\n]*[0-9a-fA-F]{40}[ \t\r\n]*$"
EPSILON = (
    r"^[ \t\r\n]*(?![0.]+[ \t\r\n]*$)"
    r"(0?[0-9]{1,2}(\.[0-9]{1,9})?|100(\.0{1,9})?)[ \t\r\n]*$"
)
"""What the form lets through: exactly what the step takes and brings to normal form
(market.policy.submission)."""

FIELDS = ("repository", "commit", "dataset", "epsilon")
"""Of the form, and options of the step that takes a run in."""

_SHOWN_LINES = 200
_KILL_AFTER_SECONDS = 10

_HELP = """
### Submit a job

A job asks a question of data that nobody but its owner ever sees. You give the git repository and
the commit of the program that states the question; the answer comes back with noise, sealed to you.

1. **Before you submit**, run the program on the dataset's twin and ask for its price:
   `market quote`.
2. **Trigger** this DAG with the form. `plan` builds the plan twice in a sandbox and prices it.
3. **Sign** the plan on your machine, in your checkout of that commit: `market sign JOB`. Until then
   the run waits at `await_signatures`; so it does for the owner's approval.
4. **Open** the result on your machine: `market result open JOB`.

Job numbers, prices, reasons and deadlines are in the [portal]({portal}/jobs).
"""


class Step(BaseOperator):
    """One step of a job: `market step NAME --run DAG/RUN`, safe to repeat after a crash."""

    def __init__(self, *, with_form: bool = False, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.with_form = with_form
        self._process: subprocess.Popen[str] | None = None

    def execute(self, context: Context) -> None:
        command = step_command(self.task_id, context, with_form=self.with_form)
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


def step_command(step: str, context: Context, *, with_form: bool) -> list[str]:
    """The argument list of a step. What the form holds goes as one JSON object in ASCII, which any
    argument can hold, bound to its option by `=`, so that it is never read as an option itself."""
    run = context["dag_run"]
    command = [sys.executable, "-P", "-m", "market.cli.main", "step", step]
    command.append(f"--run={run.dag_id}/{run.run_id}")
    if with_form:
        command.append(f"--user={run.triggering_user_name or ''}")
        form = context["params"]
        command.append("--submission=" + json.dumps({name: form[name] for name in FIELDS}))
    return command


class Wait(HITLOperator):
    """Parked until the platform ends it, by setting its state: nobody answers the question that
    Airflow shows, and no worker runs for it again."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(
            options=["Go on"],
            assigned_users=[{"id": PLATFORM_USER, "name": PLATFORM_USER}],
            **arguments,
        )


def form_of(datasets: list[list[str]]) -> dict[str, Param]:
    """The form's fields. The browser checks none of the patterns: descriptions state the rules."""
    titles = {name: f"{title} ({name})" for name, title in datasets}
    return {
        "repository": Param(
            "",
            type="string",
            title="Repository",
            minLength=1,
            maxLength=2_000,
            description="Address of the git repository, https:// only.",
        ),
        "commit": Param(
            "",
            type="string",
            title="Commit",
            pattern=COMMIT,
            description="The full hash, 40 characters of 0-9 and a-f: git rev-parse HEAD.",
        ),
        "dataset": Param(
            "",
            type="string",
            title="Dataset",
            # The form shows an empty value as one that is still to be chosen, and asks for it.
            enum=list(titles) or [""],
            minLength=1,
            values_display=titles or {"": "Your organisation may use no dataset yet"},
            description="What your organisation may use now; nothing is chosen for you. Access is "
            "asked for in the portal.",
        ),
        "epsilon": Param(
            "0.5",
            type="string",
            title="Epsilon",
            pattern=EPSILON,
            description="Privacy budget of this job, a plain decimal above 0, at most 100: "
            "0.5 for example. More budget, less noise.",
        ),
    }


def submit_dag(form: dict[str, Any]) -> DAG:
    """The submit DAG of one organisation."""
    portal = os.environ.get("MARKET_PUBLIC_URL", "")
    with DAG(
        dag_id=SUBMIT_PREFIX + form["organisation"],
        dag_display_name=f"Submit a job ({form['title']})",
        description="Ask a question of encrypted data",
        doc_md=_HELP.format(portal=portal),
        schedule=None,
        catchup=False,
        is_paused_upon_creation=False,
        max_active_runs=10_000,
        max_active_tasks=10_000,
        params=form_of(form["datasets"]),
        default_args={"retries": 3, "retry_delay": timedelta(seconds=5)},
        tags=["submit"],
    ) as dag:
        plan = Step(task_id="plan", with_form=True, execution_timeout=timedelta(minutes=15))
        await_signatures = Wait(
            task_id="await_signatures",
            subject="The buyer's signature and the owner's approval",
            body="Sign with `market sign JOB`; the owner's agent approves by their policy. "
            f"This wait ends by itself. [Jobs]({portal}/jobs)",
        )
        evaluate = Step(task_id="evaluate")
        await_release = Wait(
            task_id="await_release",
            subject="The release by the owner's agent",
            body=f"The agent seals the result to the buyer. This wait ends by itself. "
            f"[Jobs]({portal}/jobs)",
        )
        plan >> await_signatures >> evaluate >> await_release
    return dag


def read_forms(home: Path) -> list[dict[str, Any]]:
    """The forms the platform wrote; none before it wrote any."""
    path = home / "forms.json"
    return json.loads(path.read_text("utf-8"))["forms"] if path.exists() else []


for _form in read_forms(Path(os.environ["MARKET_HOME"])):
    globals()[SUBMIT_PREFIX + _form["organisation"]] = submit_dag(_form)
