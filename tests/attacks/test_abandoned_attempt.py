"""The owner restores a backup that holds an attempt they gave up: what was listed instead of it
counts, with its people and its period, not what the backup believed would be."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from agent_house import COUNT, agent_house, now

from crypto.secret import Secret
from market.agent.reconcile import reconcile
from market.client.api import PortalClient
from market.errors import Refused
from market.owner.discard import discard
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
    with agent_house(tmp_path) as house:
        owner = house.client("olga", "owner")
        token = house.platform.people.issue_token(
            "olga", ("owner",), "test", now=now(), lifetime_seconds=60
        )
        house.clients["olga", "owner"] = Cut(house.url, token)
        with pytest.raises(ConnectionError):
            house.publish(unit=WITH_IDS)
        house.client("olga", "owner").close()
        house.clients["olga", "owner"] = owner
        archive = tmp_path / "agent.backup"
        backup(house.home, archive, entropy=secrets.token_bytes)
        assert discard(owner, house.home, house.store, "visits", now=now())
        house.publish(unit=WITH_IDS, period=SECOND)
        house.released(COUNT)
        unlock = Secret((house.home.path / "unlock").read_bytes())
        house.store.close()
        house.home = restore(archive, tmp_path / "again", unlock, keep_unlock=True)
        house.store = open_store(house.home.database_path)
        portal = house.client("olga", "agent")
        assert reconcile(house.home, house.store, portal, last_sequence=1, now=now()) == 1
        with house.store.database.reading() as connection:
            (listed,) = tables(connection)
        manifest = house.platform.catalogue.dataset("visits").manifest.record
        assert (listed.epoch, listed.lineages) == (2, manifest.lineages)
        with pytest.raises(Refused, match="epoch-not-new"):
            house.publish(unit=WITH_IDS)
        # The attempt's files stand for nothing either.
        assert held_versions(house.home) == []
        assert newest_published(house.home, "visits") == 1
        assert house.publish(unit=WITH_IDS, period=SECOND).version == 2
