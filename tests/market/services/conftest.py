"""A market with one open dataset, for every service's tests."""

from __future__ import annotations

import pytest
from world.market import Market


@pytest.fixture
def market() -> Market:
    market = Market()
    market.publish()
    return market


@pytest.fixture
def closed() -> Market:
    """With one dataset that is open to holders of a grant, who may ask for it."""
    market = Market()
    market.publish(access="request")
    return market
