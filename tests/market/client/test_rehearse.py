"""The twin refuses what a quote would refuse, in the same words."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from world.builders import DATASET, a_listing, a_manifest, a_policy, a_schema
from world.market import Market
from world.people import a_key

from market import wire
from market.client.questions.rehearse import run_on_twin
from market.client.verify.asked_source import source_of_publications
from market.client.verify.publication import Publication
from market.errors import Refused
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.plan import NamedStatistic, Plan
from market.policy.budget.epsilon import rho_asked, usual_epsilon
from market.pricing.guarantee import Guarantee
from market.services.submit.quote_plan import plan_to_price, price_plan

DS = Dataset(a_schema())
SOURCE = source_of_publications([Publication(a_listing(), a_manifest(), a_key("olga").public.hex)])


def plan_of(question: AskedStatistic) -> Plan:
    return Plan(3, (DATASET,), "gaussian", (NamedStatistic("asked", 1, question.statistic),))


@pytest.mark.parametrize(
    ("question", "epsilon", "code"),
    [
        (DS.group_by("region")["cost"].mean(), "0.5", "recomputation-not-allowed"),
        (DS["cost"].variance(), "0.5", "recomputation-not-allowed"),
        (DS["cost"].correlation(DS["age"]), "0.5", "statistic-not-allowed"),
        (DS.count(), "5", "over-job-cap"),
        (DS.count(), "0", "epsilon-malformed"),
    ],
)
def test_twin_refuses_what_the_quote_refuses(
    question: AskedStatistic, epsilon: str, code: str
) -> None:
    market = Market()
    market.publish()
    plan = plan_of(question)
    asked = plan_to_price(market.platform, market.bob, DATASET, wire.encode(plan).decode(), epsilon)
    words = []
    for judge in (
        lambda: run_on_twin(plan, SOURCE, epsilon, 10),
        lambda: price_plan(asked),
    ):
        with pytest.raises(Refused) as refused:
            judge()
        words.append((refused.value.code, refused.value.message, refused.value.next_action))
    assert words[0] == words[1]
    assert words[0][0] == code
    assert "units" not in words[0][1]


def test_pure_epsilon_that_buys_no_rho_is_refused() -> None:
    plan = replace(plan_of(DS.count()), law="laplace")
    with pytest.raises(Refused) as refused:
        run_on_twin(plan, SOURCE, "0.000000001", 10)
    assert refused.value.code == "epsilon-too-small"


def test_twin_answers_what_the_quote_prices() -> None:
    (answer,) = run_on_twin(plan_of(DS["age"].variance()), SOURCE, "0.5", 1_000)
    assert answer.cells[0].value is not None


@pytest.mark.parametrize("guarantee", get_args(Guarantee))
@pytest.mark.parametrize("job_rho_units", [10**12, 10**9, 7])
def test_usual_epsilon_is_what_one_job_may_cost(job_rho_units: int, guarantee: Guarantee) -> None:
    policy = a_policy(job_rho_units=job_rho_units)
    epsilon = usual_epsilon(policy, guarantee)
    assert 0 < float(epsilon) <= 1
    assert rho_asked(epsilon, policy.delta, guarantee) <= job_rho_units
