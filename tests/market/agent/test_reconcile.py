"""A restored agent takes in its whole chain, whatever became of the jobs at the portal."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from world.declarations import COUNT, plan_of
from world.live_market import LiveMarket, live_market, now

from crypto.secret import Secret
from market.agent.loop import collect
from market.agent.reconcile import reconcile
from market.client.http.api import PortalClient
from market.database.jobs.sql_jobs import SqlJobs
from market.database.jobs.tables import JOB, JOB_ANSWER, JOB_DATASET, JOB_DOCUMENT, JOB_EVENT
from market.entities.job import Job
from market.errors import Refused
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.policy.budget.accounts import buyer_accounts, flooding_account, people_accounts
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
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    """A market with one release, and a backup of its agent made after that."""
    with live_market(tmp_path) as made:
        made.publish()
        made.released(COUNT)
        backup(made.home, tmp_path / "agent.backup", entropy=secrets.token_bytes)
        yield made


def lost_and_restored(market: LiveMarket) -> None:
    """The agent's machine is gone; its backup is at hand."""
    unlock = Secret((market.home.path / "unlock").read_bytes())
    market.store.close()
    market.home = restore(
        market.root / "agent.backup", market.root / "again", unlock, keep_unlock=True
    )
    market.store = open_store(market.home.database_path)


def reconciled(market: LiveMarket, portal: PortalClient | None = None, **how: bool) -> int:
    shown = portal or market.client("olga", "agent")
    taken = reconcile(market.home, market.store, shown, last_sequence=None, now=now(), **how)
    return taken.releases


def spent(market: LiveMarket, *buyers: str, dataset: str = "visits") -> dict[str, int]:
    """What the agent's ledger says of people, buyers and key."""
    manifest = market.platform.catalogue.dataset(dataset).manifest.record
    accounts = [*people_accounts(manifest), flooding_account(manifest.key_id)]
    for buyer in buyers:
        accounts += buyer_accounts(manifest, market.keys[buyer].public.fingerprint())
    return {name: balance.spent_units for name, balance in balances(market.store, accounts).items()}


def forgotten(market: LiveMarket, job: Job) -> None:
    """The platform goes on with an older copy of its jobs."""
    assert isinstance(market.platform.jobs, SqlJobs)

    def step(connection: Any) -> None:
        for table in (JOB_ANSWER, JOB_DATASET, JOB_DOCUMENT, JOB_EVENT, JOB):
            connection.execute(delete(table).where(table.c.job == job.job))

    market.platform.jobs.database.run(step)


def test_receipt_the_portal_holds_without_having_saved_its_release_is_taken_in(
    market: LiveMarket,
) -> None:
    job = market.evaluated(INSURED)
    collect(market.agent(), now=now())
    reply = find_replies(market.store, job.job)["release"]
    # The portal's process ends after it has put the receipt into the chain.
    receipt = open_signed(Receipt, (reply.beside or "").encode())
    market.platform.receipts.append(receipt, now=now())
    before = spent(market, "bob")
    lost_and_restored(market)
    assert reconciled(market) == 1
    assert spent(market, "bob") == before
    # The answer itself is lost; what was paid for costs nothing more.
    market.step()
    assert (market.job(job).state, market.job(job).end.code) == ("refused", "request-answered")
    market.released(INSURED)
    assert spent(market, "bob") == before
    market.released(VISITS)


def test_release_without_documents_counts_by_its_receipt_if_the_owner_says_so(
    market: LiveMarket,
) -> None:
    lost = market.released(INSURED)
    before = spent(market, "bob")
    forgotten(market, lost)
    lost_and_restored(market)
    with pytest.raises(Refused, match="it knows of no job for it") as refused:
        reconciled(market)
    assert refused.value.code == "receipt-unproved"
    assert not market.store.is_reconciled()
    assert reconciled(market, without_documents=True) == 1
    after = spent(market, "bob")
    key = flooding_account(market.platform.catalogue.dataset("visits").manifest.record.key_id)
    assert {n: u for n, u in after.items() if n != key} == {
        n: u for n, u in before.items() if n != key
    }
    # Nobody knows how many sums of the key were opened: it opens none any more.
    job = market.requested(VISITS)
    market.step()
    assert (market.job(job).state, market.job(job).end.code) == ("refused", "over-budget")
    assert "opened as many sums as it may" in market.job(job).end.message


class Hiding(PortalClient):
    """A portal that lists none of the owner's tables."""

    def get(self, path: str, **query: str) -> Any:
        return [] if path == "agent/publications" else super().get(path, **query)


def test_table_which_only_a_receipt_names_is_adopted(market: LiveMarket) -> None:
    market.publish("apart", population='[population]\ndistinct_from = ["visits"]\n')
    market.released(COUNT, dataset="apart")
    before = spent(market, "bob", dataset="apart")
    lost_and_restored(market)
    portal = Hiding(market.url, market.home.settings().token)
    assert reconciled(market, portal) == 1
    portal.close()
    with market.store.database.reading() as connection:
        held = {table.dataset: set(table.lineages) for table in tables(connection)}
    assert spent(market, "bob", dataset="apart") == {
        name: units
        for name, units in before.items()
        if name in spent(market, "bob", dataset="apart")
    }
    # Whoever is in it shares its budget with the next table.
    market.publish("later")
    with market.store.database.reading() as connection:
        (later,) = (set(t.lineages) for t in tables(connection) if t.dataset == "later")
    assert later == held["visits"] | held["apart"]
