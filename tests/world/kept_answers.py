"""What `market result open` leaves in a buyer's home of questions of a table, at epsilon 8."""

from __future__ import annotations

import json
from pathlib import Path

from crypto.accounting import rho_for_epsilon
from market.client.kept.home import ClientHome
from market.client.kept.kept_question import Question, keep_question
from market.client.results.opened_answers import answer_json
from market.plan.answers import Answer
from market.plan.asked import AskedStatistic
from market.plan.decimals import fraction_of
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import Schema
from market.tables.table import Table
from world.noised_moments import NoisedMoments
from world.rand_models import RAND

JOB = "job-0123456789ab"
_RHO = rho_for_epsilon(fraction_of("8"), fraction_of("0.000001"))


def kept(
    home: Path,
    frame: Table,
    *,
    is_noisy: bool = False,
    schema: Schema = RAND,
    **asked: AskedStatistic,
) -> None:
    """The answers, exact unless they are noisy."""
    named, opened = [], []
    for name, one in asked.items():
        priced = NoisedMoments(one.statistic, schema, frame, _RHO)
        answer = next(iter(priced.releases(1))) if is_noisy else priced.truth()
        named.append(NamedStatistic(name, 1, one.statistic))
        opened.append(Answer(name, answer.kind, answer.unit, answer.cells))
    client = ClientHome(home)
    plan = Plan(PLAN_VERSION, ("visits",), "gaussian", tuple(named))
    keep_question(client, JOB, Question(plan, schema))
    document = {"answers": [answer_json(one) for one in opened]}
    client.write_job(JOB, "result.json", json.dumps(document).encode())
