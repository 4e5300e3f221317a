"""A sum is paid for once, at the finest it was opened: whatever it is asked beside, and by both
ledgers."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.declarations import plan_of
from world.live_market import LiveMarket, live_market

from crypto.identity import PublicKey
from market.plan.expression import Column
from market.plan.statistics import Count, Mean, Sum
from market.policy.budget.accounts import buyer_accounts, lineage_accounts
from market.records.receipt import Receipt
from market.records.signed import open_signed
from market.vault.store.chain import receipts
from market.vault.store.spending import balances

COUNT, SUM = Count(), Sum(Column("visits"))


@pytest.fixture
def market(tmp_path: Path) -> LiveMarket:
    with live_market(tmp_path) as market:
        market.publish()
        yield market


def spent(market: LiveMarket, buyer: str = "bob") -> tuple[int, int]:
    """(by the people, by a buyer), which both ledgers agree on."""
    manifest = market.platform.catalogue.dataset("visits").manifest.record
    (people,) = lineage_accounts(manifest)
    key = PublicKey.parse(market.user(buyer).identity_key).fingerprint()
    (own,) = buyer_accounts(manifest, key)
    agents = balances(market.store, [people, own])
    for account, balance in agents.items():
        assert market.platform.ledger.balance(account).spent_units == balance.spent_units
        assert balance.reserved_units == 0
    return agents[people].spent_units, agents[own].spent_units if own in agents else 0


def charged(market: LiveMarket) -> int:
    """What the newest receipt charges its buyer."""
    return open_signed(Receipt, receipts(market.store)[-1].encode()).record.rho_units


def test_sum_asked_in_another_plan_and_under_another_name_is_the_value_one_has(
    market: LiveMarket,
) -> None:
    first = market.released(plan_of(COUNT))
    before = spent(market)
    # Two families more share an epsilon twice as large: the number of rows is no finer than before.
    again = market.released(plan_of(SUM, COUNT), epsilon="0.2")
    assert again.rho_units > charged(market) > 0
    people, buyer = spent(market)
    assert people - before[0] == buyer - before[1] == charged(market)
    assert market.job(first).rho_units == before[0]
    twice = market.released(plan_of(COUNT, COUNT))
    assert market.value(twice, "#valid") == market.value(first, "#valid")
    assert charged(market) == 0


def test_coarser_answer_costs_nothing_and_a_finer_one_the_difference(market: LiveMarket) -> None:
    half = market.released(plan_of(COUNT), epsilon="0.5")
    coarse = market.released(plan_of(COUNT), epsilon="0.2")
    assert (charged(market), spent(market)) == (0, (half.rho_units, half.rho_units))
    fine = market.released(plan_of(COUNT), epsilon="0.9")
    assert charged(market) == fine.rho_units - half.rho_units
    assert spent(market) == (fine.rho_units, fine.rho_units)
    values = [market.value(job, "#valid") for job in (fine, half, coarse)]
    assert len(set(values)) == 3
    # Asked again, each is the value it was.
    repeated = [
        market.value(market.released(plan_of(COUNT), epsilon=epsilon), "#valid")
        for epsilon in ("0.9", "0.5", "0.2")
    ]
    assert repeated == values
    assert spent(market) == (fine.rho_units, fine.rho_units)


def test_each_buyer_pays_for_what_they_have_not_had_and_the_people_once(
    market: LiveMarket,
) -> None:
    fine = market.released(plan_of(COUNT), epsilon="0.9")
    half = market.released(plan_of(COUNT), buyer="eve", epsilon="0.5")
    assert charged(market) == half.rho_units
    assert spent(market, "eve") == (fine.rho_units, half.rho_units)
    more = market.released(plan_of(SUM), buyer="eve", epsilon="0.5")
    assert 0 < charged(market) < more.rho_units
    people, eve = spent(market, "eve")
    assert (people - fine.rho_units, eve - half.rho_units) == (charged(market), charged(market))


def test_mean_after_count_and_sum_costs_nothing(market: LiveMarket) -> None:
    market.released(plan_of(COUNT, SUM), epsilon="0.9")
    market.released(plan_of(Mean(Column("visits"))), epsilon="0.5")
    assert charged(market) == 0
