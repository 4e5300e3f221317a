"""The agent lowers a question once: for its price, its policy, its release and the owner's eyes."""

from __future__ import annotations

import pytest
from world.declarations import plan_of
from world.live_market import LiveMarket, now
from world.lowerings import counted_lowerings

from market.judgement.charges import asked_of, ledger_view
from market.judgement.decide import decide
from market.judgement.question import read_question
from market.plan.expression import Column
from market.plan.human import describe
from market.plan.statistics import Count, Covariance, Mean
from market.policy.budget.verdict import Approve
from market.pricing.quote import Quote
from market.vault.holdings import read_holding

PLAN = plan_of(Count(), Mean(Column("visits")), Covariance(Column("visits"), Column("insured")))


def test_one_question_is_lowered_once(market: LiveMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    job = market.planned(PLAN)
    work = market.work(job)
    holding = read_holding(market.home, "visits", 1)

    def judged() -> None:
        question = read_question(work, holding)
        assert isinstance(decide(question, ledger_view(market.store, question), now=now()), Approve)
        assert isinstance(question.price, Quote)
        assert asked_of(question).opening == question.price.opening
        assert "«s1»: mean of visits" in describe(question.price.lowered)

    assert counted_lowerings(monkeypatch, PLAN, judged) == [1, 1, 1]
