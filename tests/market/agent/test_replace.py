"""An agent in a lost one's place knows what was spent before it may spend."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from agent_house import COUNT, AgentHouse, agent_house, now, plan_of

from market.agent.current import check_current
from market.agent.reconcile import reconcile
from market.entities.account import Balance
from market.errors import Refused
from market.owner.appoint import replace_agent
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.policy.accounts import people_accounts
from market.vault.home import make_home
from market.vault.store.opening import create_store
from market.vault.store.spending import balances

WITH_IDS = 'column = "person"\n'


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentHouse]:
    """Two tables of other people; the first has spent its budget, asked twice for it."""
    with agent_house(tmp_path_factory.mktemp("replaced")) as made:
        made.publish(unit=WITH_IDS, budget="0.5")
        made.released(COUNT)
        made.publish("apart", population='[population]\ndistinct_from = ["visits"]\n')
        yield made


def replaced(house: AgentHouse) -> int:
    """The agent is lost, and another appointed; the appointment's number."""
    house.store.close()
    settings = house.home.settings()
    house.home = make_home(house.root / "second", settings, entropy=secrets.token_bytes)
    house.store = create_store(house.home.database_path, is_first=False)
    key = house.home.signing_key().public
    return replace_agent(house.client("olga", "owner"), house.keys["olga"], key, now=now())


def people_of(house: AgentHouse, dataset: str) -> dict[str, Balance]:
    manifest = house.platform.catalogue.dataset(dataset).manifest.record
    return balances(house.store, people_accounts(manifest))


def test_new_agent_has_no_budget_before_it_has_taken_in_what_was_spent(house: AgentHouse) -> None:
    before = people_of(house, "visits")
    assert replaced(house) == 2
    with pytest.raises(Refused, match="agent-unreconciled"):
        house.publish(unit=WITH_IDS, budget="0.5")
    portal = house.client("olga", "agent")
    assert reconcile(house.home, house.store, portal, last_sequence=None, now=now()) == 1
    assert people_of(house, "visits") == before
    # Taken in again, nothing is charged twice.
    house.store.set_unreconciled()
    reconcile(house.home, house.store, portal, last_sequence=None, now=now())
    assert people_of(house, "visits") == before


def test_tables_of_the_lost_agent_share_their_budget_with_the_new_ones(house: AgentHouse) -> None:
    replaced(house)
    portal = house.client("olga", "agent")
    reconcile(house.home, house.store, portal, last_sequence=None, now=now())
    apart = '[population]\ndistinct_from = ["apart"]\n'
    # The ids of the lost agent's table are not known here: no period is proved to be new.
    with pytest.raises(Refused, match="no ids of visits version 1 are known"):
        house.publish(unit=WITH_IDS, budget="0.5", population=apart, period="epoch = 2\n")
    published = house.publish(unit=WITH_IDS, budget="0.5", population=apart)
    assert published.version == 2
    house.lift_platform_caps("visits")
    job = house.requested(plan_of(Sum(Column("insured"))))
    house.step()
    assert (house.job(job).state, house.job(job).code) == ("refused", "over-budget")


def test_replaced_agent_ends_at_its_next_start(house: AgentHouse) -> None:
    lost, store = house.home, house.store
    house.store.close()
    replaced(house)
    with pytest.raises(Refused, match="agent-not-appointed"):
        check_current(lost, store, house.client("olga", "agent"))


def test_appointing_again_changes_nothing_and_none_is_none_to_replace(house: AgentHouse) -> None:
    assert replaced(house) == 2
    owner, identity = house.client("olga", "owner"), house.keys["olga"]
    assert replace_agent(owner, identity, house.home.signing_key().public, now=now()) == 2
    with agent_house(house.root / "new") as new:
        key, owner = new.home.signing_key().public, new.client("olga", "owner")
        with pytest.raises(Refused, match="no-agent-appointed"):
            replace_agent(owner, new.keys["olga"], key, now=now())
