"""A spent budget is not filled again by calling the same table the next period's."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.declarations import COUNT, TABLE
from world.live_market import live_market

from market.errors import Refused

WITH_IDS = 'column = "person"\n'


@pytest.mark.parametrize("unit", [WITH_IDS, ""])
def test_next_period_of_the_same_people_is_refused(tmp_path: Path, unit: str) -> None:
    with live_market(tmp_path) as market:
        market.publish(unit=unit, budget="0.6")
        market.released(COUNT)
        with pytest.raises(Refused) as refused:
            market.publish(unit=unit, budget="0.6", period="epoch = 2\n")
        assert refused.value.code == "epoch-not-new"
        # One person of the old period among new ones is one too many.
        mixed = TABLE.replace("\np", "\nq").replace("\nq7,", "\np7,")
        with pytest.raises(Refused) as refused:
            market.publish(unit=unit, table=mixed, budget="0.6", period="epoch = 2\n")
        assert refused.value.code == "epoch-not-new"
