from __future__ import annotations

from pathlib import Path

import pytest
from world.portal_market import PortalMarket


@pytest.fixture
def market(tmp_path: Path) -> PortalMarket:
    return PortalMarket(tmp_path)


@pytest.fixture
def listed(market: PortalMarket) -> PortalMarket:
    """A market with the dataset `household-visits`, open to every buyer."""
    market.publish()
    return market
