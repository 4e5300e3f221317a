"""market.ports.limits.OwnLimits, on every implementation."""

from __future__ import annotations

import pytest
from world.people import BOB, settle
from world.ports import Ports

from market.errors import NotFound


def test_limit_is_set_changed_and_taken_back(ports: Ports) -> None:
    settle(ports.people, BOB)
    own = ports.own_limits
    assert own.of("north-lab") == {}
    own.put("north-lab", "jobs_a_day", 5)
    own.put("north-lab", "storage_bytes", 10**15)
    own.put("north-lab", "jobs_a_day", 0)
    assert own.of("north-lab") == {"jobs_a_day": 0, "storage_bytes": 10**15}
    assert own.of("rival-lab") == {}
    own.put("north-lab", "jobs_a_day", None)
    own.put("north-lab", "jobs_under_way", None)
    assert own.of("north-lab") == {"storage_bytes": 10**15}


def test_nobody_has_limits_who_is_not_here(ports: Ports) -> None:
    with pytest.raises(NotFound, match="no-organisation"):
        ports.own_limits.put("nobody", "jobs_a_day", 5)
