from __future__ import annotations

from pathlib import Path

import pytest
from portal_house import House, make_house


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path)


@pytest.fixture
def listed(house: House) -> House:
    """A house with the dataset `household-visits`, open to every buyer."""
    house.publish()
    return house
