"""Fixtures that several folders of tests share: their conftest.py names the ones it has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from world.live_market import LiveMarket, live_market


@pytest.fixture(scope="module", name="market")
def live_market_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    """One market with one published dataset for all tests of a module."""
    with live_market(tmp_path_factory.mktemp("market")) as made:
        made.publish()
        yield made
