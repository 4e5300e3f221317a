"""An agent in a lost one's place knows what was spent before it may spend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from world.declarations import COUNT, plan_of
from world.live_market import LiveMarket, live_market, now
from world.unlocking import entropy_of_a_home

from market.agent.current import check_current
from market.agent.reconcile import reconcile
from market.entities.account import Balance
from market.errors import Refused
from market.owner.word.appoint import replace_agent
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.policy.budget.accounts import people_accounts
from market.vault.home import make_home
from market.vault.store.opening import create_store
from market.vault.store.spending import balances

WITH_IDS = 'column = "person"\n'


@pytest.fixture
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    """Two tables of other people; the first has spent its budget, asked twice for it."""
    with live_market(tmp_path_factory.mktemp("replaced")) as made:
        made.publish(unit=WITH_IDS, budget="0.6")
        made.released(COUNT)
        made.publish("apart", population='[population]\ndistinct_from = ["visits"]\n')
        yield made


def replaced(market: LiveMarket) -> int:
    """The agent is lost, and another appointed; the appointment's number."""
    market.store.close()
    settings = market.home.settings()
    market.home = make_home(market.root / "second", settings, entropy=entropy_of_a_home())
    market.store = create_store(market.home.database_path, is_first=False)
    keys = market.home.public_keys()
    return replace_agent(market.client("olga", "owner"), market.keys["olga"], keys, now=now())


def people_of(market: LiveMarket, dataset: str) -> dict[str, Balance]:
    manifest = market.platform.catalogue.dataset(dataset).manifest.record
    return balances(market.store, people_accounts(manifest))


def test_new_agent_has_no_budget_before_it_has_taken_in_what_was_spent(market: LiveMarket) -> None:
    before = people_of(market, "visits")
    assert replaced(market) == 2
    with pytest.raises(Refused, match="agent-unreconciled"):
        market.publish(unit=WITH_IDS, budget="0.6")
    portal = market.client("olga", "agent")
    taken = reconcile(market.home, market.store, portal, last_sequence=None, now=now())
    assert taken.releases == 1
    assert people_of(market, "visits") == before
    # Taken in again, nothing is charged twice.
    market.store.set_unreconciled()
    reconcile(market.home, market.store, portal, last_sequence=None, now=now())
    assert people_of(market, "visits") == before


def test_tables_of_the_lost_agent_share_their_budget_with_the_new_ones(market: LiveMarket) -> None:
    replaced(market)
    portal = market.client("olga", "agent")
    reconcile(market.home, market.store, portal, last_sequence=None, now=now())
    apart = '[population]\ndistinct_from = ["apart"]\n'
    # The ids of the lost agent's table are not known here: no period is proved to be new.
    with pytest.raises(Refused, match="no ids of visits version 1 are known"):
        market.publish(unit=WITH_IDS, budget="0.6", population=apart, period="epoch = 2\n")
    published = market.publish(unit=WITH_IDS, budget="0.6", population=apart)
    assert published.version == 2
    market.lift_platform_caps("visits")
    job = market.requested(plan_of(Sum(Column("insured"))))
    market.step()
    assert (market.job(job).state, market.job(job).end.code) == ("refused", "over-budget")


def test_replaced_agent_ends_at_its_next_start(market: LiveMarket) -> None:
    lost, store = market.home, market.store
    market.store.close()
    replaced(market)
    with pytest.raises(Refused, match="agent-not-appointed"):
        check_current(lost, store, market.client("olga", "agent"))


def test_appointing_again_changes_nothing_and_none_is_none_to_replace(market: LiveMarket) -> None:
    assert replaced(market) == 2
    owner, identity = market.client("olga", "owner"), market.keys["olga"]
    assert replace_agent(owner, identity, market.home.public_keys(), now=now()) == 2
    with live_market(market.root / "new") as new:
        keys, owner = new.home.public_keys(), new.client("olga", "owner")
        with pytest.raises(Refused, match="no-agent-appointed"):
            replace_agent(owner, new.keys["olga"], keys, now=now())
