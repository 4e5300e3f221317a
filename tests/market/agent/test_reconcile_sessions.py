"""What a member's sessions have cost is known again to an agent that was restored, or replaced."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from world.consortium_builders import MEMBERS
from world.declarations import COUNT, TABLE
from world.members import work_of
from world.members_live import LiveMembers, live_members
from world.people import OLGA, a_key
from world.unlocking import entropy_of_a_home

from crypto.secret import Secret
from market.agent.reconcile import reconcile
from market.agent.sessions.begin import means_of
from market.agent.sessions.prepare import Prepared
from market.agent.sessions.run import end_interrupted
from market.entities.job import Job
from market.errors import Refused
from market.judgement.charges import accounts_of, ledger_view
from market.judgement.question import read_question
from market.owner.word.appoint import replace_agent
from market.vault.backup import backup, restore
from market.vault.consortia import read_membership
from market.vault.home import AgentHome, make_home
from market.vault.store.opening import AgentStore, create_store, open_store
from market.vault.store.sessions import commit_charge
from market.vault.store.spending import balances

pytestmark = [pytest.mark.processes, pytest.mark.stories]

MEMBER = OLGA.organisation
ROWS = TABLE.splitlines()


@dataclass(frozen=True, slots=True)
class Story:
    """Of two sessions the second broke off after its charge (`prepared` was what was charged);
    before both an agent was saved."""

    market: LiveMembers
    jobs: tuple[Job, Job]
    prepared: Prepared

    @property
    def home(self) -> AgentHome:
        return self.market.homes[MEMBER]

    @property
    def accounts(self) -> tuple[str, ...]:
        """All that the first session charged."""
        membership = read_membership(self.home, self.market.name, 1)
        work = work_of(self.market, self.jobs[0], membership.agent)
        return accounts_of(read_question(work, membership))

    def spent(self, store: AgentStore) -> dict[str, int]:
        found = balances(store, self.accounts)
        return {name: balance.spent_units for name, balance in found.items()}

    def reconcile(self, home: AgentHome, store: AgentStore) -> int:
        portal = self.market.client(MEMBERS[MEMBER], "agent")
        return reconcile(home, store, portal, last_sequence=None, now=self.market.now).releases


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with live_members(tmp_path_factory.mktemp("recovered")) as market:
        thirds = {
            organisation: "\n".join([ROWS[0], *ROWS[1 + place :: 3], ""])
            for place, organisation in enumerate(market.consortium.organisations)
        }
        market.bind_all(thirds)
        backup(market.homes[MEMBER], market.root / "backup", entropy=secrets.token_bytes)
        first = market.compute(market.sealed_live(COUNT))
        second, prepared = broken_off(market)
        assert [first.state, second.state] == ["released", "failed"]
        yield Story(market, (first, second), prepared)


def broken_off(market: LiveMembers) -> tuple[Job, Prepared]:
    """A session whose member is charged, and fails before a share leaves."""
    job, agent = market.sealed_live(COUNT), market.agents[MEMBER]
    (prepared,) = market.round(MEMBER).sessions
    nonce = prepared.approval.nonce
    commit_charge(agent.store, prepared.run, prepared.allowed, approval_nonce=nonce, now=market.now)
    end_interrupted(means_of(agent, lambda: market.now))
    market.round(MEMBER)
    return market.job(job), prepared


def restored(story: Story, name: str) -> tuple[AgentHome, AgentStore]:
    unlock = Secret((story.home.path / "unlock").read_bytes())
    root = story.market.root
    home = restore(root / "backup", root / name, unlock, keep_unlock=True)
    return home, open_store(home.database_path)


def test_restored_agent_knows_what_its_sessions_have_cost(story: Story) -> None:
    home, store = restored(story, "again")
    assert set(story.spent(store).values()) <= {0}
    assert story.reconcile(home, store) == 2
    rho_units = sum(job.rho_units for job in story.jobs)
    assert story.spent(store) == dict.fromkeys(story.accounts, rho_units)
    assert story.spent(store) == story.spent(story.market.stores[MEMBER])
    store.close()


def test_restored_agent_answers_no_session_twice(story: Story) -> None:
    home, store = restored(story, "twice")
    story.reconcile(home, store)
    membership = read_membership(home, story.market.name, 1)
    question = read_question(work_of(story.market, story.jobs[0], membership.agent), membership)
    assert ledger_view(store, question).spent_by == question.request_hash
    now, prepared = story.market.now, story.prepared
    with pytest.raises(Refused, match="request-answered"):
        commit_charge(store, prepared.run, prepared.allowed, approval_nonce="0" * 32, now=now)
    store.close()


def test_agent_in_a_lost_ones_place_charges_what_that_one_spent(story: Story) -> None:
    market = story.market
    home = make_home(market.root / "new", story.home.settings(), entropy=entropy_of_a_home())
    store = create_store(home.database_path, is_first=False)
    keys = home.public_keys()
    owner = market.client(MEMBERS[MEMBER], "owner")
    replace_agent(owner, a_key(MEMBERS[MEMBER]), keys, now=market.now)
    assert story.reconcile(home, store) == 2
    assert story.spent(store) == story.spent(market.stores[MEMBER])
    store.close()
