"""A spent budget is not filled again by calling the same table the next period's."""

from __future__ import annotations

from pathlib import Path

import pytest
from agent_house import COUNT, TABLE, agent_house

from market.errors import Refused

WITH_IDS = 'column = "person"\n'


@pytest.mark.parametrize("unit", [WITH_IDS, ""])
def test_next_period_of_the_same_people_is_refused(tmp_path: Path, unit: str) -> None:
    with agent_house(tmp_path) as house:
        house.publish(unit=unit, budget="0.5")
        house.released(COUNT)
        with pytest.raises(Refused) as refused:
            house.publish(unit=unit, budget="0.5", period="epoch = 2\n")
        assert refused.value.code == "epoch-not-new"
        # One person of the old period among new ones is one too many.
        mixed = TABLE.replace("\np", "\nq").replace("\nq7,", "\np7,")
        with pytest.raises(Refused) as refused:
            house.publish(unit=unit, table=mixed, budget="0.5", period="epoch = 2\n")
        assert refused.value.code == "epoch-not-new"
