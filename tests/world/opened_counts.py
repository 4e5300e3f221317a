"""A result with the counts that synthetic rows are made of, as a buyer's home keeps it."""

from __future__ import annotations

import json

from crypto.parameters import PRODUCTS
from market.client.kept.home import ClientHome
from market.client.kept.kept_question import Question, keep_question
from market.client.results.open_result import answer_json
from market.plan.answers import Answer, answers
from market.plan.dataset import Dataset
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import BooleanColumn, CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.uncertain import measured
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_moments
from market.tables.twin import make_twin

JOB = "job-0123456789ab"
ROWS = 2_000
SD = 5.0
SCHEMA = Schema(
    "survey",
    (
        CategoricalColumn("health", ("good", "fair", "<i>poor</i>"), "health as they say"),
        BooleanColumn("child", "a child", "false"),
        CategoricalColumn("region", ("north", "south"), "where they live"),
        NumericColumn(
            "visits", "0", "20", "visits to a doctor", "", "low", None, None, ("0", "2.5", "20")
        ),
    ),
    PrivacyUnit(None, 1, "one person"),
    ROWS,
    (),
)


def plan_of(**asked: object) -> Plan:
    """A plan of these statistics of the survey."""
    named = tuple(NamedStatistic(name, 1, each.statistic) for name, each in asked.items())  # type: ignore[attr-defined]
    return Plan(PLAN_VERSION, ("survey",), "gaussian", named)


def usual_plan() -> Plan:
    """Rows of the table, and counts for synthetic ones, a child being what is predicted."""
    ds = Dataset(SCHEMA)
    return plan_of(rows=ds.count(), table=ds.synthesize(rows=500, target="child"))


def opened(plan: Plan) -> tuple[Answer, ...]:
    """The plan's answers on the survey's twin, exact, each with the error of this sd."""
    lowered = lower(plan, SCHEMA)
    twin = make_twin(SCHEMA, 7, ROWS)
    exact = plaintext_moments(lowered, encode_table(twin, SCHEMA, PRODUCTS).columns)
    return answers(
        lowered, {name: measured(one.value, sd=SD, source=name) for name, one in exact.items()}
    )


def keep(home: ClientHome, plan: Plan) -> None:
    """What opening the job would have kept of it."""
    keep_question(home, JOB, Question(plan, SCHEMA))
    document = {"answers": [answer_json(answer) for answer in opened(plan)]}
    home.write_job(JOB, "result.json", json.dumps(document).encode())
