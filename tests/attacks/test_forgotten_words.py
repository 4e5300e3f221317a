"""The agent's machine is put back to a time before its owner closed a dataset, or took a grant
back; the platform brings back what was asked then. What the owner has said since counts."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_house import COUNT, AgentHouse, agent_house, forge, now

from crypto.secret import Secret
from market.agent.reconcile import reconcile
from market.owner.grants import give_grant, revoke_grant
from market.owner.standing import change_standing
from market.records.grant import Grant
from market.vault.backup import backup, restore
from market.vault.store.opening import open_store
from market.vault.store.replies import find_replies


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AgentHouse]:
    with agent_house(tmp_path) as made:
        yield made


def saved(house: AgentHouse) -> None:
    backup(house.home, house.root / "agent.backup", entropy=secrets.token_bytes)


def put_back(house: AgentHouse) -> None:
    """Restored from the backup, and reconciled with a portal that shows everything."""
    unlock = Secret((house.home.path / "unlock").read_bytes())
    house.store.close()
    house.home = restore(
        house.root / "agent.backup", house.root / "again", unlock, keep_unlock=True
    )
    house.store = open_store(house.home.database_path)
    portal = house.client("olga", "agent")
    reconcile(house.home, house.store, portal, last_sequence=None, now=now())


def test_version_before_a_forgotten_one_is_not_answered(house: AgentHouse) -> None:
    house.publish()
    asked = house.requested(COUNT)
    saved(house)
    house.publish(access="invitation")
    put_back(house)
    forge(house, house.job(asked), state="requested", approval=None)
    house.step()
    assert house.job(asked).code == "version-superseded"
    # The owner's hands are not bound by what is lost: a pause, and the version after it.
    identity, owner = house.keys["olga"], house.client("olga", "owner")
    change_standing(owner, identity, house.home, "visits", state="paused", now=now())
    change_standing(owner, identity, house.home, "visits", state="listed", now=now())
    assert house.publish().version == 3
    house.released(COUNT)


def given(house: AgentHouse, buyer: str) -> Grant:
    return give_grant(
        house.client("olga", "owner"),
        house.keys["olga"],
        house.home,
        "visits",
        buyer=house.keys[buyer].public.fingerprint(),
        rho_units=10**11,
        expires_at=now() + 86_400,
        now=now(),
        entropy=secrets.token_bytes,
    )


def test_grant_taken_back_since_is_gone_and_one_given_since_is_there(house: AgentHouse) -> None:
    house.publish(access="invitation")
    taken = given(house, "bob")
    asked = house.requested(COUNT)
    saved(house)
    owner, identity = house.client("olga", "owner"), house.keys["olga"]
    revoke_grant(owner, identity, house.home, "visits", taken.grant, now=now())
    given(house, "eve")
    put_back(house)
    house.step()
    assert "approval" not in find_replies(house.store, asked.job)
    assert house.job(asked).code == "no-grant"
    house.released(COUNT, buyer="eve")
