"""Two owners, one plan, the whole way: real portal, real agents, one real Spark application for
both tables, and the buyer's own client."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world.declarations import plan_of
from world.lent import lend_spark_classes
from world.live_union import live_union

from market.adapters.platform_secrets import make_secrets
from market.adapters.spark import SparkEvaluator
from market.plan.expression import Column
from market.plan.statistics import Count, Covariance
from market.services.compute.evaluate_job import evaluate_job
from market.settings import Settings

pytestmark = pytest.mark.processes


def test_sum_over_two_owners_is_computed_by_spark_and_opened_by_the_client(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "platform", spark_master="local[2]")
    question = plan_of(Count(), Covariance(Column("visits"), Column("insured")))
    with live_union(tmp_path) as market:
        make_secrets(settings)
        lend_spark_classes(settings.home)
        approved = market.approved(question)
        on_spark = replace(market.platform, evaluator=SparkEvaluator(settings))
        job = evaluate_job(on_spark, approved, now=market.now)
        assert job.end is None
        market.step()
        result = market.opened_by_client(job)
        people = result.answers[0].cells[0]
        assert people.value == pytest.approx(600, abs=4 * (people.error_95 or 0))
        # One application's log for both tables.
        assert len(list((settings.home / "logs").glob("spark-*.log"))) == 1
        for owner in market.owners:
            assert market.spent(owner) == (job.rho_units, job.rho_units)
