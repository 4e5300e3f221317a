"""The owner restores a backup that holds an attempt they gave up: what was listed instead of it
counts, with its people and its period, not what the backup believed would be."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from world.declarations import COUNT
from world.live_market import live_market, now

from crypto.secret import Secret
from market.agent.reconcile import reconcile
from market.client.http.api import PortalClient
from market.errors import Refused
from market.owner.publish.discard import discard
from market.vault.backup import backup, restore
from market.vault.holdings import held_versions
from market.vault.standings import newest_published
from market.vault.store.opening import open_store
from market.vault.store.publications import tables

WITH_IDS = 'column = "person"\n'
SECOND = "epoch = 2\n"


class Cut(PortalClient):
    """A connection that breaks at the first upload."""

    def upload(self, key: str, data: bytes, *, sha256: str) -> None:
        raise ConnectionError("the line is cut")


def test_attempt_of_another_period_stands_for_nothing_that_was_listed(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        owner = market.client("olga", "owner")
        token = market.platform.people.issue_token(
            "olga", ("owner",), "test", now=now(), lifetime_seconds=60
        )
        market.clients["olga", "owner"] = Cut(market.url, token)
        with pytest.raises(ConnectionError):
            market.publish(unit=WITH_IDS)
        market.client("olga", "owner").close()
        market.clients["olga", "owner"] = owner
        archive = tmp_path / "agent.backup"
        backup(market.home, archive, entropy=secrets.token_bytes)
        assert discard(owner, market.home, market.store, "visits", now=now())
        market.publish(unit=WITH_IDS, period=SECOND)
        market.released(COUNT)
        unlock = Secret((market.home.path / "unlock").read_bytes())
        market.store.close()
        market.home = restore(archive, tmp_path / "again", unlock, keep_unlock=True)
        market.store = open_store(market.home.database_path)
        portal = market.client("olga", "agent")
        taken = reconcile(market.home, market.store, portal, last_sequence=1, now=now())
        assert taken.releases == 1
        with market.store.database.reading() as connection:
            (listed,) = tables(connection)
        manifest = market.platform.catalogue.dataset("visits").manifest.record
        assert (listed.epoch, listed.lineages) == (2, manifest.lineages)
        with pytest.raises(Refused, match="epoch-not-new"):
            market.publish(unit=WITH_IDS)
        # The attempt's files stand for nothing either.
        assert held_versions(market.home) == []
        assert newest_published(market.home, "visits") == 1
        assert market.publish(unit=WITH_IDS, period=SECOND).version == 2
