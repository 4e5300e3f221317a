"""A restored agent takes in its whole chain, whatever became of the jobs at the portal."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agent_house import COUNT, AgentHouse, agent_house, now, plan_of
from sqlalchemy import delete

from crypto.secret import Secret
from market.agent.loop import collect
from market.agent.reconcile import reconcile
from market.client.api import PortalClient
from market.database.jobs.sql_jobs import SqlJobs
from market.database.jobs.tables import JOB, JOB_EVENT
from market.entities.job import Job
from market.errors import Refused
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.policy.accounts import buyer_accounts, flooding_account, people_accounts
from market.records.receipt import Receipt
from market.records.signed import open_signed
from market.vault.backup import backup, restore
from market.vault.store.opening import open_store
from market.vault.store.publications import tables
from market.vault.store.replies import find_replies
from market.vault.store.spending import balances

INSURED = plan_of(Sum(Column("insured")))
VISITS = plan_of(Sum(Column("visits")))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AgentHouse]:
    """A house with one release, and a backup of its agent made after that."""
    with agent_house(tmp_path) as made:
        made.publish()
        made.released(COUNT)
        backup(made.home, tmp_path / "agent.backup", entropy=secrets.token_bytes)
        yield made


def lost_and_restored(house: AgentHouse) -> None:
    """The agent's machine is gone; its backup is at hand."""
    unlock = Secret((house.home.path / "unlock").read_bytes())
    house.store.close()
    house.home = restore(
        house.root / "agent.backup", house.root / "again", unlock, keep_unlock=True
    )
    house.store = open_store(house.home.database_path)


def reconciled(house: AgentHouse, portal: PortalClient | None = None, **how: bool) -> int:
    shown = portal or house.client("olga", "agent")
    return reconcile(house.home, house.store, shown, last_sequence=None, now=now(), **how)


def spent(house: AgentHouse, *buyers: str, dataset: str = "visits") -> dict[str, int]:
    """What the agent's ledger says of people, buyers and key."""
    manifest = house.platform.catalogue.dataset(dataset).manifest.record
    accounts = [*people_accounts(manifest), flooding_account(manifest.key_id)]
    for buyer in buyers:
        accounts += buyer_accounts(manifest, house.keys[buyer].public.fingerprint())
    return {name: balance.spent_units for name, balance in balances(house.store, accounts).items()}


def forgotten(house: AgentHouse, job: Job) -> None:
    """The platform goes on with an older copy of its jobs."""
    assert isinstance(house.platform.jobs, SqlJobs)

    def step(connection: Any) -> None:
        connection.execute(delete(JOB_EVENT).where(JOB_EVENT.c.job == job.job))
        connection.execute(delete(JOB).where(JOB.c.job == job.job))

    house.platform.jobs.database.run(step)


def test_receipt_the_portal_holds_without_having_saved_its_release_is_taken_in(
    house: AgentHouse,
) -> None:
    job = house.evaluated(INSURED)
    collect(house.agent(), now=now())
    reply = find_replies(house.store, job.job)["release"]
    # The portal's process ends after it has put the receipt into the chain.
    receipt = open_signed(Receipt, (reply.receipt or "").encode())
    house.platform.receipts.append(receipt, now=now())
    before = spent(house, "bob")
    lost_and_restored(house)
    assert reconciled(house) == 1
    assert spent(house, "bob") == before
    # The answer itself is lost; what was paid for costs nothing more.
    house.step()
    assert (house.job(job).state, house.job(job).code) == ("refused", "request-answered")
    house.released(INSURED)
    assert spent(house, "bob") == before
    house.released(VISITS)


def test_release_without_documents_counts_by_its_receipt_if_the_owner_says_so(
    house: AgentHouse,
) -> None:
    lost = house.released(INSURED)
    before = spent(house, "bob")
    forgotten(house, lost)
    lost_and_restored(house)
    with pytest.raises(Refused, match="it knows of no job for it") as refused:
        reconciled(house)
    assert refused.value.code == "receipt-unproved"
    assert not house.store.is_reconciled()
    assert reconciled(house, without_documents=True) == 1
    after = spent(house, "bob")
    key = flooding_account(house.platform.catalogue.dataset("visits").manifest.record.key_id)
    assert {n: u for n, u in after.items() if n != key} == {
        n: u for n, u in before.items() if n != key
    }
    # Nobody knows how many sums of the key were opened: it opens none any more.
    job = house.requested(VISITS)
    house.step()
    assert (house.job(job).state, house.job(job).code) == ("refused", "over-budget")
    assert "opened as many sums as it may" in house.job(job).message


class Hiding(PortalClient):
    """A portal that lists none of the owner's tables."""

    def get(self, path: str, **query: str) -> Any:
        return [] if path == "agent/publications" else super().get(path, **query)


def test_table_which_only_a_receipt_names_is_adopted(house: AgentHouse) -> None:
    house.publish("apart", population='[population]\ndistinct_from = ["visits"]\n')
    house.released(COUNT, dataset="apart")
    before = spent(house, "bob", dataset="apart")
    lost_and_restored(house)
    portal = Hiding(house.url, house.home.settings().token)
    assert reconciled(house, portal) == 1
    portal.close()
    with house.store.database.reading() as connection:
        held = {table.dataset: set(table.lineages) for table in tables(connection)}
    assert spent(house, "bob", dataset="apart") == {
        name: units
        for name, units in before.items()
        if name in spent(house, "bob", dataset="apart")
    }
    # Whoever is in it shares its budget with the next table.
    house.publish("later")
    with house.store.database.reading() as connection:
        (later,) = (set(t.lineages) for t in tables(connection) if t.dataset == "later")
    assert later == held["visits"] | held["apart"]
