"""A buyer asks for what takes an owner's agent minutes to compute. Meanwhile its owner closes the
dataset to whoever has no grant, and the answer is released as if they had not."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from world.declarations import COUNT
from world.live_market import LiveMarket, live_market, now

from market.adapters.private_files import write_private
from market.agent.answer import consider, finish
from market.agent.fetch_chunks import ChunkSource
from market.agent.release import Computed
from market.judgement.question import read_work
from market.policy.budget.accounts import lineage_accounts
from market.records.approval import Refusal
from market.records.signed import open_signed, sign_record
from market.records.standing import Standing
from market.vault.holdings import read_holding
from market.vault.layout import version_path
from market.vault.standings import keep_standing
from market.vault.store.replies import find_replies
from market.vault.store.spending import balances


def close(market: LiveMarket) -> None:
    """A second version for holders of a grant; the first is served still, on its terms."""
    listing = read_holding(market.home, "visits", 1).listing.record
    closed = replace(listing, version=2, policy=replace(listing.policy, access="request"))
    path = version_path(market.home, "visits", 2)
    write_private(path / "listing.json", sign_record(market.keys["olga"], closed).encode())
    write_private(path / "published", b"")
    serves_both = Standing("visits", 1, "listed", (1,), now())
    keep_standing(market.home, sign_record(market.keys["olga"], serves_both))


def test_what_was_closed_while_it_was_computed_is_not_released(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        job = market.evaluated(COUNT)
        agent = market.agent()
        (line,) = agent.portal.get("agent/work")
        chunks = ChunkSource(agent.portal, time.sleep, time.monotonic)
        computed = consider(agent, read_work(line), chunks, now=now())
        assert isinstance(computed, Computed)
        close(market)
        finish(agent, computed, now=now())
        replies = find_replies(market.store, job.job)
        (people,) = lineage_accounts(read_holding(market.home, "visits", 1).manifest.record)
        spent = balances(market.store, [people])[people].spent_units
    assert "release" not in replies
    assert open_signed(Refusal, replies["refusal"].document.encode()).record.code == "no-grant"
    assert spent == 0
