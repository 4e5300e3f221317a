"""A restored or new agent knows what its member bound without it: nobody's budget begins anew."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world.declarations import COUNT, TABLE
from world.members_live import LiveMembers, live_members
from world.people import CAROL, DORA, OLGA
from world.unlocking import entropy_of_a_home

from crypto.secret import Secret
from market.agent.reconcile import reconcile
from market.client.http.api import PortalClient
from market.errors import NotFound, Refused
from market.owner.word.appoint import replace_agent
from market.policy.budget.accounts import people_accounts
from market.policy.budget.people import TableTerms
from market.records.binding import Binding
from market.vault.backup import backup, restore
from market.vault.consortia import read_membership
from market.vault.home import make_home
from market.vault.store.opening import create_store
from market.vault.store.publications import tables
from market.vault.store.spending import balances

OWN = OLGA.organisation
OTHERS = (CAROL.organisation, DORA.organisation)


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMembers]:
    with live_members(tmp_path) as made:
        yield made


def bound(market: LiveMembers, **changes: str) -> Binding:
    """The owner's next binding, as the portal keeps it."""
    market.bind_live(OWN, market.files_of(OWN, **changes))
    market.consortium = market.platform.consortia.newest(market.name)
    binding = market.binding_of(market.homes[OWN].signing_key().public.hex)
    assert binding is not None
    return binding


def kept_aside(market: LiveMembers) -> Path:
    archive = market.root / "agent.backup"
    backup(market.homes[OWN], archive, entropy=secrets.token_bytes)
    return archive


def lost_and_restored(market: LiveMembers, archive: Path) -> None:
    home = market.homes[OWN]
    market.stores[OWN].close()
    unlock = Secret(home.unlock.reveal())
    shutil.rmtree(home.path)
    market.homes[OWN] = restore(archive, home.path, unlock, keep_unlock=True)
    market.restart(OWN)


def reconciled(market: LiveMembers, portal: PortalClient | None = None) -> int:
    shown = portal or market.client(OLGA.user, "agent")
    home, store = market.homes[OWN], market.stores[OWN]
    return reconcile(home, store, shown, last_sequence=None, now=market.now).releases


def known(market: LiveMembers) -> list[TableTerms]:
    with market.stores[OWN].database.reading() as connection:
        return tables(connection, only_listed=True)


def cap_of(market: LiveMembers, binding: Binding) -> int:
    (account, *_) = people_accounts(binding)
    return balances(market.stores[OWN], [account])[account].cap_units


def spent(market: LiveMembers, binding: Binding) -> int:
    (account, *_) = people_accounts(binding)
    return balances(market.stores[OWN], [account])[account].spent_units


class Withholding(PortalClient):
    """A portal that shows none of the owner's bindings, or an older one of them."""

    shown: tuple[Any, ...] = ()

    def get(self, path: str, **query: str) -> Any:
        return list(self.shown) if path == "agent/bindings" else super().get(path, **query)


def withholding(market: LiveMembers, *shown: Any) -> Withholding:
    portal = Withholding(market.urls[0], market.homes[OWN].settings().token)
    portal.shown = shown
    market.clients[OLGA.user, "withholding"] = portal
    return portal


def test_people_of_a_table_bound_since_the_backup_keep_their_budget(market: LiveMembers) -> None:
    archive = kept_aside(market)
    first = bound(market)
    for organisation in OTHERS:
        market.bind_live(organisation, market.files_of(organisation))
    market.consortium = market.platform.consortia.newest(market.name)
    job = market.compute(market.sealed_live(COUNT))
    assert job.state == "released", job.end and job.end.message
    before = spent(market, first)
    assert before == job.rho_units
    lost_and_restored(market, archive)
    assert known(market) == []
    assert reconciled(market) == 1
    assert [(one.dataset, one.lineages) for one in known(market)] == [(market.name, first.lineages)]
    assert cap_of(market, first) == first.policy.budget_rho_units
    assert spent(market, first) == before
    # Bound again, they are the same people with the same account.
    again = bound(market)
    assert (again.version, again.lineages) == (2, first.lineages)
    assert spent(market, again) == before
    assert market.compute(market.sealed_live(COUNT)).state == "released"
    assert spent(market, again) == 2 * before


def test_portal_that_withholds_a_binding_is_told_by_the_receipts(market: LiveMembers) -> None:
    archive = kept_aside(market)
    first = bound(market)
    for organisation in OTHERS:
        market.bind_live(organisation, market.files_of(organisation))
    market.consortium = market.platform.consortia.newest(market.name)
    market.compute(market.sealed_live(COUNT))
    lost_and_restored(market, archive)
    with pytest.raises(Refused, match=first.lineages[0]) as refused:
        reconciled(market, withholding(market))
    assert refused.value.code == "receipt-unproved"
    assert not market.stores[OWN].is_reconciled()
    with pytest.raises(Refused, match="agent-unreconciled"):
        bound(market)


def test_table_bound_before_is_not_read_in_place_of_a_newer_one(market: LiveMembers) -> None:
    first = bound(market)
    archive = kept_aside(market)
    newer = bound(market, table=TABLE.replace("p1,", "p1000,"), budget="0.5")
    assert newer.policy.budget_rho_units < first.policy.budget_rho_units
    lost_and_restored(market, archive)
    assert cap_of(market, first) == first.policy.budget_rho_units
    reconciled(market)
    assert cap_of(market, first) == newer.policy.budget_rho_units
    membership = read_membership(market.homes[OWN], market.name, 1)
    assert membership.table is None
    assert (denied := membership.refusal()) is not None
    assert denied.code == "table-unbound"
    # The files of the older one are bound anew, not found to be bound already.
    again = bound(market)
    assert (again.version, again.lineages) == (3, first.lineages)


def test_agent_that_has_missed_nothing_adopts_nothing(market: LiveMembers) -> None:
    binding = bound(market)
    before = known(market)
    for _ in range(2):
        market.stores[OWN].set_unreconciled()
        reconciled(market)
    assert known(market) == before
    assert read_membership(market.homes[OWN], market.name, 1).binding == binding


def test_portal_cannot_bring_an_older_budget_back(market: LiveMembers) -> None:
    bound(market)
    (older,) = market.client(OLGA.user, "agent").get("agent/bindings")
    archive = kept_aside(market)
    newer = bound(market, table=TABLE.replace("p1,", "p1000,"), budget="0.5")
    lost_and_restored(market, archive)
    reconciled(market)
    before = known(market)
    market.stores[OWN].set_unreconciled()
    reconciled(market, withholding(market, older))
    assert known(market) == before
    assert cap_of(market, newer) == newer.policy.budget_rho_units


def test_agent_in_a_lost_ones_place_knows_its_bound_table(market: LiveMembers) -> None:
    first = bound(market)
    market.stores[OWN].close()
    settings = market.homes[OWN].settings()
    home = make_home(market.root / "second", settings, entropy=entropy_of_a_home())
    market.homes[OWN] = home
    market.stores[OWN] = create_store(home.database_path, is_first=False)
    owner, keys = market.client(OLGA.user, "owner"), home.public_keys()
    replace_agent(owner, market.owner_at(OWN).identity, keys, now=market.now)
    reconciled(market)
    assert [(one.dataset, one.lineages) for one in known(market)] == [(market.name, first.lineages)]
    assert cap_of(market, first) == first.policy.budget_rho_units
    with pytest.raises(NotFound, match="does not keep"):
        read_membership(home, market.name, 1)


def test_agreement_without_the_owners_binding_is_not_taken_for_one(market: LiveMembers) -> None:
    bound(market)
    (shown,) = market.client(OLGA.user, "agent").get("agent/bindings")
    market.stores[OWN].set_unreconciled()
    with pytest.raises(Refused, match="none of its bindings is under their key") as refused:
        reconciled(market, withholding(market, {**shown, "bindings": []}))
    assert refused.value.code == "binding-invalid"
