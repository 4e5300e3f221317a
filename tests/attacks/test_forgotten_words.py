"""The agent's machine is put back to a time before its owner closed a dataset, or took a grant
back; the platform brings back what was asked then. What the owner has said since counts."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from world.declarations import COUNT
from world.live_market import LiveMarket, forge, live_market, now

from crypto.secret import Secret
from market.agent.reconcile import reconcile
from market.owner.word.grants import Allocation, give_grant, revoke_grant
from market.owner.word.standing import change_standing
from market.records.grant import Grant
from market.vault.backup import backup, restore
from market.vault.store.opening import open_store
from market.vault.store.replies import find_replies


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    with live_market(tmp_path) as made:
        yield made


def saved(market: LiveMarket) -> None:
    backup(market.home, market.root / "agent.backup", entropy=secrets.token_bytes)


def put_back(market: LiveMarket) -> None:
    """Restored from the backup, and reconciled with a portal that shows everything."""
    unlock = Secret((market.home.path / "unlock").read_bytes())
    market.store.close()
    market.home = restore(
        market.root / "agent.backup", market.root / "again", unlock, keep_unlock=True
    )
    market.store = open_store(market.home.database_path)
    portal = market.client("olga", "agent")
    reconcile(market.home, market.store, portal, last_sequence=None, now=now())


def test_version_before_a_forgotten_one_is_not_answered(market: LiveMarket) -> None:
    market.publish()
    asked = market.requested(COUNT)
    saved(market)
    market.publish(access="invitation")
    put_back(market)
    forge(market, market.job(asked), state="requested", approval=None)
    market.step()
    assert market.job(asked).end.code == "version-superseded"
    # The owner's hands are not bound by what is lost: a pause, and the version after it.
    identity, owner = market.keys["olga"], market.client("olga", "owner")
    change_standing(owner, identity, market.home, "visits", state="paused", now=now())
    change_standing(owner, identity, market.home, "visits", state="listed", now=now())
    assert market.publish().version == 3
    market.released(COUNT)


def given(market: LiveMarket, buyer: str) -> Grant:
    return give_grant(
        market.client("olga", "owner"),
        market.keys["olga"],
        market.home,
        Allocation("visits", market.keys[buyer].public.fingerprint(), 10**11, now() + 86_400),
        now=now(),
        entropy=secrets.token_bytes,
    )


def test_grant_taken_back_since_is_gone_and_one_given_since_is_there(market: LiveMarket) -> None:
    market.publish(access="invitation")
    taken = given(market, "bob")
    asked = market.requested(COUNT)
    saved(market)
    owner, identity = market.client("olga", "owner"), market.keys["olga"]
    revoke_grant(owner, identity, market.home, "visits", taken.grant, now=now())
    given(market, "eve")
    put_back(market)
    market.step()
    assert "approval" not in find_replies(market.store, asked.job)
    assert market.job(asked).end.code == "no-grant"
    market.released(COUNT, buyer="eve")
