"""A restored agent works again only when it knows everything it ever released."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world.declarations import COUNT, plan_of
from world.live_market import LiveMarket, forge, live_market, now

from crypto.secret import Secret
from market.agent.loop import collect, send
from market.agent.reconcile import reconcile
from market.client.http.api import PortalClient
from market.errors import Conflict, Refused
from market.plan.expression import Column
from market.plan.statistics import Covariance, Sum
from market.services.compute.evaluate_job import evaluate_job
from market.services.operation.keep_house import expire_jobs
from market.vault.backup import backup, restore
from market.vault.home import open_home
from market.vault.store.chain import receipts
from market.vault.store.opening import AgentStore, open_store
from market.vault.store.spending import balances

pytestmark = pytest.mark.stories


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveMarket, Path]]:
    """A market whose backup was made after one release and before three more."""
    with live_market(tmp_path_factory.mktemp("kept")) as market:
        market.publish()
        market.released(COUNT)
        archive = market.root / "agent.backup"
        backup(market.home, archive, entropy=secrets.token_bytes)
        market.released(plan_of(Sum(Column("insured"))))
        market.released(COUNT, buyer="eve")
        market.released(plan_of(Covariance(Column("visits"), Column("insured"))))
        yield market, archive


def unlock(market: LiveMarket) -> Secret:
    return Secret((market.home.path / "unlock").read_bytes())


def restored(market: LiveMarket, archive: Path, target: Path) -> AgentStore:
    home = restore(archive, target, unlock(market), keep_unlock=True)
    assert home.signing_key().public == market.home.signing_key().public
    return open_store(home.database_path)


def reconciled(market: LiveMarket, store: AgentStore, last_sequence: int | None = None) -> int:
    portal = market.client("olga", "agent")
    taken = reconcile(market.home, store, portal, last_sequence=last_sequence, now=now())
    return taken.releases


def all_balances(store: AgentStore, market: LiveMarket) -> object:
    manifest = market.platform.catalogue.dataset("visits").manifest.record
    (lineage,) = manifest.lineages
    account = f"lineage/{lineage}/1"
    buyers = [f"{account}/buyer/{market.keys[b].public.fingerprint()}" for b in ("bob", "eve")]
    found = balances(store, [account, *buyers, f"key/{manifest.key_id}/flooding"])
    return {name: balance.spent_units for name, balance in found.items() if balance.spent_units}


class Withholding(PortalClient):
    """A portal that shows all receipts but the third."""

    def get(self, path: str, **query: str) -> Any:
        found = super().get(path, **query)
        if path == "agent/receipts":
            return {**found, "items": [one for one in found["items"] if one["sequence"] != 3]}
        return found


def test_reconciled_agent_has_the_ledger_it_would_have_had(
    kept: tuple[LiveMarket, Path], tmp_path: Path
) -> None:
    market, archive = kept
    store = restored(market, archive, tmp_path / "again")
    with pytest.raises(Refused, match="agent-unreconciled"):
        store.check_reconciled()
    assert reconciled(market, store, last_sequence=4) == 3
    store.check_reconciled()
    assert receipts(store) == receipts(market.store)
    assert all_balances(store, market) == all_balances(market.store, market)
    assert reconciled(market, store) == 0
    store.close()


class SmallPages(PortalClient):
    """A portal asked for one receipt at a time."""

    pages = 0

    def get(self, path: str, **query: str) -> Any:
        if path != "agent/receipts":
            return super().get(path, **query)
        self.pages += 1
        return super().get(path, **query, limit="1")


def test_chain_of_many_pages_is_reconciled_whole(
    kept: tuple[LiveMarket, Path], tmp_path: Path
) -> None:
    market, archive = kept
    store = restored(market, archive, tmp_path / "paged")
    portal = SmallPages(market.url, market.home.settings().token)
    assert reconcile(market.home, store, portal, last_sequence=4, now=now()).releases == 3
    assert portal.pages > 3
    assert receipts(store) == receipts(market.store)
    store.close()
    portal.close()


def test_platform_that_withholds_the_newest_receipt_is_noticed(
    kept: tuple[LiveMarket, Path], tmp_path: Path
) -> None:
    market, archive = kept
    store = restored(market, archive, tmp_path / "again")
    with pytest.raises(Refused, match="receipts-missing"):
        reconciled(market, store, last_sequence=5)
    assert not store.is_reconciled()
    assert len(receipts(store)) == 1
    store.close()


def test_platform_that_withholds_a_receipt_in_between_is_noticed(
    kept: tuple[LiveMarket, Path], tmp_path: Path
) -> None:
    market, archive = kept
    store = restored(market, archive, tmp_path / "again")
    portal = Withholding(market.url, market.home.settings().token)
    home = open_home(store.path.parent)
    with pytest.raises(Refused, match="receipt-chain"):
        reconcile(home, store, portal, last_sequence=None, now=now())
    portal.close()
    assert not store.is_reconciled()
    store.close()


def test_platform_that_shows_another_plan_is_noticed(
    kept: tuple[LiveMarket, Path], tmp_path: Path
) -> None:
    market, archive = kept
    store = restored(market, archive, tmp_path / "again")
    released = market.jobs_in("released")
    (eves,) = {market.document(job, "plan") for job in released if job.buyer == "eve"}
    other = next(job for job in released if market.document(job, "plan") != eves)
    plan = market.document(other, "plan")
    forge(market, other, plan=eves)
    try:
        with pytest.raises(Refused, match="receipt-unproved"):
            reconciled(market, store)
    finally:
        forge(market, other, plan=plan)
    store.close()


def test_archive_opens_with_its_unlock_secret_alone(
    kept: tuple[LiveMarket, Path], tmp_path: Path
) -> None:
    market, archive = kept
    with pytest.raises(Refused, match="backup-invalid"):
        restore(archive, tmp_path / "a", Secret(b"another"), keep_unlock=True)
    data = bytearray(archive.read_bytes())
    data[-1] ^= 1
    altered = tmp_path / "altered"
    altered.write_bytes(data)
    with pytest.raises(Refused, match="backup-invalid"):
        restore(altered, tmp_path / "b", unlock(market), keep_unlock=True)
    assert not (tmp_path / "a").exists()
    with pytest.raises(Conflict):
        backup(market.home, archive, entropy=secrets.token_bytes)
    assert archive.stat().st_mode & 0o777 == 0o600


def test_release_whose_job_ended_before_it_arrived_leaves_no_gap(
    kept: tuple[LiveMarket, Path], tmp_path: Path
) -> None:
    market, archive = kept
    job = market.requested(plan_of(Sum(Column("visits"))))
    market.step()
    job = evaluate_job(market.platform, market.job(job), now=now())
    asked_again = collect(market.agent(), now=now())
    expire_jobs(market.platform, now=job.deadline)
    send(market.agent(), asked_again)
    assert market.job(job).state == "expired"
    market.released(plan_of(Sum(Column("visits")), Sum(Column("insured"))))
    store = restored(market, archive, tmp_path / "again")
    assert reconciled(market, store, last_sequence=6) == 5
    assert receipts(store) == receipts(market.store)
    assert all_balances(store, market) == all_balances(market.store, market)
    store.close()
