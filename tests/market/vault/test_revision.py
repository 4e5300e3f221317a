"""A revision is another one after every change, and the same as long as there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from world.live_market import LiveMarket, now

from market.adapters.private_files import write_private
from market.entities.job import AskedDataset
from market.errors import Refused
from market.vault.layout import dataset_path
from market.vault.revision import VerifiedHoldings, holding_revision
from market.vault.store.chain import receipts
from market.vault.store.opening import AgentStore, create_store
from market.vault.store.spending import expire_reservations


def add(path: Path) -> None:
    write_private(path / "grants" / "another.json", b"{}")


def replace(path: Path) -> None:
    write_private(path / "1" / "published", b"1234567890")


def remove(path: Path) -> None:
    (path / "grants" / "another.json").unlink()


def edit_in_place(path: Path) -> None:
    (path / "1" / "published").write_bytes(b"shorter")


def test_every_change_of_a_datasets_files_shows(market: LiveMarket) -> None:
    path = dataset_path(market.home, "visits")
    kept = (path / "1" / "published").read_bytes()
    seen = [holding_revision(market.home, "visits")]
    for change in (add, replace, remove, edit_in_place):
        assert holding_revision(market.home, "visits") == seen[-1]
        change(path)
        assert holding_revision(market.home, "visits") not in seen
        seen.append(holding_revision(market.home, "visits"))
    write_private(path / "1" / "published", kept)


def test_dataset_that_is_not_held_has_a_revision_too(market: LiveMarket) -> None:
    assert holding_revision(market.home, "unknown") == ()


def test_holding_is_verified_once_and_anew_after_a_change(market: LiveMarket) -> None:
    holdings = VerifiedHoldings()
    first = holdings.get(market.home, AskedDataset("visits", 1))
    assert holdings.get(market.home, AskedDataset("visits", 1)) is first
    path = dataset_path(market.home, "visits") / "1" / "listing.json"
    whole = path.read_bytes()
    write_private(path, whole.replace(b"Doctor", b"Dentis"))
    with pytest.raises(Refused, match="holding-damaged"):
        holdings.get(market.home, AskedDataset("visits", 1))
    write_private(path, whole)
    assert holdings.get(market.home, AskedDataset("visits", 1)) == first


def write_here(store: AgentStore) -> None:
    store.database.run(lambda c: c.exec_driver_sql("INSERT INTO agent_state VALUES ('a', 'b')"))


def write_from_elsewhere(store: AgentStore) -> None:
    write = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    )
    statement = "INSERT INTO agent_state VALUES ('c', 'd')"
    subprocess.run([sys.executable, "-c", write, str(store.path), statement], check=True)


def read(store: AgentStore) -> None:
    receipts(store)


def write_nothing(store: AgentStore) -> None:
    expire_reservations(store, now=now())
    store.settle()


@pytest.mark.processes
@pytest.mark.parametrize(
    ("step", "shows"),
    [
        (write_here, True),
        (write_from_elsewhere, True),
        (read, False),
        (write_nothing, False),
    ],
)
def test_stores_revision_tells_what_was_committed_and_nothing_else(
    tmp_path: Path, step: Callable[[AgentStore], None], shows: bool
) -> None:
    store = create_store(tmp_path / "agent.db")
    before = store.revision.now()
    step(store)
    assert (store.revision.now() != before) == shows
    assert store.revision.now() == store.revision.now()
    store.close()
