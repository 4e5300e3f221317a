"""One submit DAG per organisation that has a buyer, generated from the forms.

    plan ──▶ await_signatures ──▶ evaluate ──▶ await_release

Airflow authorises per DAG, never per run, so no two organisations share one.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param
from job_forms import (
    PLAN_TIMEOUT,
    STARTED_BY_HAND,
    choice_field,
    commit_field,
    epsilon_field,
    portal_address,
    read_forms,
    repository_field,
)
from job_steps import TOLD_TRIES, Step, Wait

SUBMIT_PREFIX = "submit_"

FIELDS = ("repository", "commit", "dataset", "epsilon")
"""Of the form, and options of the step that takes a run in."""

_HELP = """
### Submit a job

A job asks a question of data that nobody but its owner ever sees. You give the git repository and
the commit of the program that states the question; the answer comes back with noise, sealed to you.

1. **Before you submit**, run the program on the dataset's twin and ask for its price:
   `market quote`.
2. **Trigger** this DAG with the form, or fill in [the portal's]({portal}/jobs/new): it starts the
   same run, takes a git bundle's file, and comes with a dataset chosen from that dataset's page.
   `plan` builds the plan twice in a sandbox and prices it.
3. **Sign** the plan on your machine, in your checkout of that commit: `market sign JOB`. Until then
   the run waits at `await_signatures`; so it does for the owner's approval.
4. **Open** the result on your machine: `market result open JOB`.

Job numbers, prices, reasons and deadlines are in the [portal]({portal}/jobs).
"""


def form_of(datasets: list[list[str]]) -> dict[str, Param]:
    """The form's fields."""
    return {
        "repository": repository_field(),
        "commit": commit_field(),
        "dataset": choice_field(
            "Dataset",
            {name: f"{title} ({name})" for name, title in datasets},
            "Your organisation may use no dataset yet",
            "What your organisation may use now; nothing is chosen for you. Access is "
            "asked for in the portal.",
        ),
        "epsilon": epsilon_field(),
    }


def submit_dag(form: dict[str, Any]) -> DAG:
    """The submit DAG of one organisation."""
    portal = portal_address()
    with DAG(
        dag_id=SUBMIT_PREFIX + form["organisation"],
        dag_display_name=f"Submit a job ({form['title']})",
        description="Ask a question of encrypted data",
        doc_md=_HELP.format(portal=portal),
        params=form_of(form["datasets"]),
        tags=["submit"],
        **STARTED_BY_HAND,
    ) as dag:
        plan = Step(task_id="plan", fields=FIELDS, execution_timeout=PLAN_TIMEOUT)
        await_signatures = Wait(
            task_id="await_signatures",
            subject="The buyer's signature and the owner's approval",
            body="Sign with `market sign JOB`; the owner's agent approves by their policy. "
            f"This wait ends by itself. [Jobs]({portal}/jobs)",
        )
        evaluate = Step(task_id="evaluate", **TOLD_TRIES)
        await_release = Wait(
            task_id="await_release",
            subject="The release by the owner's agent",
            body=f"The agent seals the result to the buyer. This wait ends by itself. "
            f"[Jobs]({portal}/jobs)",
        )
        plan >> await_signatures >> evaluate >> await_release
    return dag


for _form in read_forms("organisations"):
    globals()[SUBMIT_PREFIX + _form["organisation"]] = submit_dag(_form)
