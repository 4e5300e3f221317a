"""An agent whose store was put back signs another receipt under a number it has used: the platform
countersigns one history, and keeps what proves the other."""

from __future__ import annotations

from contextlib import suppress

from simulator import REGIONS, Market

from market.client.forks import prove_fork
from market.errors import MarketError
from market.records.receipt import ForkedReceipts
from market.services.keep_receipts import read_forks
from market.wire import encode


def test_second_history_of_an_agent_is_never_countersigned() -> None:
    town = Market()
    town.publish()
    first, second = town.evaluated(), town.evaluated(REGIONS)
    # Both are made by the same store: the second by its older copy.
    history, other = town.release_of(first), town.release_of(second)
    town.accept(first, *history)
    with suppress(MarketError):
        town.accept(second, *other)
    ended = town.jobs.get(second.job)
    assert (ended.state, ended.code, ended.receipt) == ("refused", "receipt-forked", None)
    (fork,) = read_forks(town.platform, town.olga)
    documents = (signed.encode().decode() for signed in (fork.held, fork.offered))
    proved = prove_fork(encode(ForkedReceipts(*documents)))
    assert (proved.held, proved.offered) == (history[1], other[1])
