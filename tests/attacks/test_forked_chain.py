"""An agent whose store was put back signs another receipt under a number it has used: the platform
countersigns one history, and keeps what proves the other."""

from __future__ import annotations

from contextlib import suppress

from world.job_builders import carried
from world.market import REGIONS, Market

from market.client.verify.forks import prove_fork
from market.errors import MarketError
from market.records.receipt import ForkedReceipts
from market.services.release.keep_receipts import read_forks
from market.wire import encode


def test_second_history_of_an_agent_is_never_countersigned() -> None:
    market = Market()
    market.publish()
    first, second = market.evaluated(), market.evaluated(REGIONS)
    # Both are made by the same store: the second by its older copy.
    history, other = market.release_of(first), market.release_of(second)
    market.accept(first, *history)
    with suppress(MarketError):
        market.accept(second, *other)
    ended = market.jobs.get(second.job)
    assert (ended.state, ended.end.code) == ("refused", "receipt-forked")
    assert not carried(market.jobs, ended, "receipt")
    (fork,) = read_forks(market.platform, market.olga).forks
    documents = (signed.encode().decode() for signed in (fork.held, fork.offered))
    proved = prove_fork(encode(ForkedReceipts(*documents)))
    assert (proved.held, proved.offered) == (history[1], other[1])
