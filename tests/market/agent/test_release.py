"""A release end to end: from a signed request to a value near the truth."""

from __future__ import annotations

import pytest
from agent_house import COUNT, AgentHouse


def test_count_of_the_rows_is_released_near_the_truth(house: AgentHouse) -> None:
    job = house.released(COUNT)
    assert house.value(job, "#valid") == pytest.approx(300, abs=40)
