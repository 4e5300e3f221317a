"""One DAG per agreement of a consortium that holds, generated from the forms.

    plan ──▶ await_signatures ──▶ seal ──▶ await_release

Nothing is computed here: between seal and release the members' agents compute with each other.
Airflow authorises per DAG, never per run, so no two agreements share one: whoever joins later reads
no run from before.
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
from job_steps import Step, Wait

CONSORTIUM_PREFIX = "consortium_"

FIELDS = ("repository", "commit", "recipient", "epsilon", "verified")
"""Of the form. What is asked is not among them: a consortium's DAG asks that consortium."""

_NEEDED = {
    "union": "Every statistic is there without it too.",
    "join": "Without it, this consortium computes the number of people in common alone.",
}
"""When arithmetic has to be verified, by how the tables are put together."""

_HELP = """
### Ask the members' data together

The members compute on tables that stay home: each sees its own, and nobody sees another's. The
answer comes back with noise made by the members, sealed to its recipient alone.

1. **Before you submit**, ask for the price: `market quote`. It charges every member's people alike.
2. **Trigger** this DAG with the form, or fill in
   [the portal's]({portal}/jobs/new?dataset={consortium}), which starts the same run. `plan` builds
   the plan twice in a sandbox and prices it.
3. **Sign**: the recipient reads the plan on their machine and signs it: `market sign JOB`.
4. **Approve**: every member's agent checks plan, schema, threshold, noise and recipient against the
   agreement it holds, and signs or refuses; by hand where its policy says so: `market approve JOB`.
   Until all have, the run waits at `await_signatures`.
5. **Seal**: `seal` verifies every signature again and binds them all, with each agent's certificate
   for this session, into one digest. Agents speak with nobody who comes with another one.
6. **Compute and deliver**: the agents compute with each other, each debits its own ledger before
   anything leaves it, and each seals its share to the recipient; the run waits at `await_release`.
7. **Open**: the recipient puts the shares together on their machine: `market result open JOB`.

Who has approved, who is ready, and why a session was broken off: the consortium's page in the
[portal]({portal}/consortia/{consortium}).
"""


def form_of(recipients: list[list[str]], composition: str) -> dict[str, Param]:
    """The form's fields; `recipients` are (user, how they are shown)."""
    return {
        "repository": repository_field(),
        "commit": commit_field(),
        "recipient": choice_field(
            "Recipient",
            dict(recipients),
            "Nobody to whom the agreement lets results be sealed has a key here",
            "Who signs the question and alone can open its answer; the agreement names them.",
        ),
        "epsilon": epsilon_field(),
        "verified": choice_field(
            "Verified",
            {
                "yes": "Yes: a member who cheats breaks the run off",
                "no": "No: members are trusted to follow the protocol",
            },
            "",
            "With verified arithmetic members compute everything twice, under a secret key, and "
            "send about three times as much; the privacy budget is the same. "
            + _NEEDED[composition],
        ),
    }


def consortium_dag(form: dict[str, Any]) -> DAG:
    """The DAG of one agreement."""
    portal = portal_address()
    consortium = form["consortium"]
    jobs = f"[Consortium]({portal}/consortia/{consortium})"
    with DAG(
        dag_id=f"{CONSORTIUM_PREFIX}{consortium}_{form['number']}",
        dag_display_name=f"Ask together ({form['title']})",
        description="Ask a question of tables that stay at their members",
        doc_md=_HELP.format(portal=portal, consortium=consortium),
        params=form_of(form["recipients"], form["composition"]),
        tags=["consortium"],
        **STARTED_BY_HAND,
    ) as dag:
        plan = Step(
            task_id="plan",
            fields=FIELDS,
            fixed={"dataset": consortium},
            execution_timeout=PLAN_TIMEOUT,
        )
        await_signatures = Wait(
            task_id="await_signatures",
            subject="The recipient's signature and every member's approval",
            body="Sign with `market sign JOB`; each member's agent approves by its own policy. "
            f"This wait ends by itself. {jobs}",
        )
        seal = Step(task_id="seal")
        await_release = Wait(
            task_id="await_release",
            subject="The members' computation, and every member's sealed share",
            body="The members' agents compute with each other and seal their shares to the "
            f"recipient. This wait ends by itself. {jobs}",
        )
        plan >> await_signatures >> seal >> await_release
    return dag


for _form in read_forms("consortia"):
    _dag = consortium_dag(_form)
    globals()[_dag.dag_id] = _dag
