"""A second agent of one owner would be a second ledger: nobody takes it for the owner's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world.declarations import COUNT
from world.live_market import LiveMarket, live_market
from world.market import Market
from world.unlocking import entropy_of_a_home

from market.client.kept.home import ClientHome
from market.client.verify.appointment import require_appointed
from market.client.verify.publication import read_publication
from market.errors import Conflict, Refused
from market.owner.word.appoint import require_none
from market.records.signed import record_hash, sign_record
from market.services.access.appoint_agent import appointment_text
from market.services.publish.publish_dataset import publish_dataset
from market.vault.home import make_home
from market.vault.store.opening import create_store


def second_agent(market: LiveMarket) -> None:
    """A fresh home, with a fresh ledger, in the market's agent's place."""
    market.store.close()
    settings = market.home.settings()
    market.home = make_home(market.root / "second", settings, entropy=entropy_of_a_home())
    market.store = create_store(market.home.database_path)


def test_owner_publishes_with_the_appointed_agent_only(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish(budget="0.6")
        market.released(COUNT)
        with pytest.raises(Conflict) as twice:
            require_none(market.client("olga", "agent"))
        assert twice.value.code == "agent-appointed"
        assert "market agent restore" in twice.value.next_action
        second_agent(market)
        with pytest.raises(Refused) as refused:
            market.publish("again", budget="0.6")
        assert refused.value.code == "agent-not-appointed"


def test_portal_and_buyers_take_no_other_agents_manifest(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        found = market.platform.catalogue.dataset("visits")
        manifest = replace(found.manifest.record, agent=market.keys["eve"].public.hex)
        listing = replace(found.listing.record, manifest_hash=record_hash(manifest))
        owner = market.keys["olga"]
        documents = [sign_record(owner, d).encode().decode() for d in (listing, manifest)]
        with pytest.raises(Refused) as refused:
            publish_dataset(market.platform, market.platform.people.user("olga"), *documents, now=0)
        assert refused.value.code == "agent-not-appointed"
        appointment = appointment_text(market.platform, "olga")
        with pytest.raises(Refused) as refused:
            require_appointed(
                ClientHome(tmp_path / "bob"), read_publication(*documents), appointment
            )
        assert refused.value.code == "agent-not-appointed"


def test_replaced_agents_release_is_not_taken() -> None:
    market = Market()
    market.publish()
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    market.appoint("olga", agent="second agent")
    with pytest.raises(Refused) as refused:
        market.accept(job, envelope, receipt)
    assert refused.value.code == "agent-not-appointed"
