"""A plan follows from its seed, strikes everything, and never leaves its slots."""

from __future__ import annotations

import pytest

from drills.faults import ONE_OF_EACH, TARGETS
from drills.plan import KILLS, DrillPlan, Target, make_plan

BURST = 4
PACE_SECONDS = 40.0


def a_plan(seed: int, faults: int = 116) -> DrillPlan:
    return make_plan(seed, TARGETS, faults=faults, burst=BURST, pace_seconds=PACE_SECONDS)


def test_plan_is_repeated_by_its_seed_alone() -> None:
    assert a_plan(7) == a_plan(7) != a_plan(8)


def test_whole_drill_ends_a_hundred_processes_in_time() -> None:
    plan = a_plan(1)
    assert plan.kills >= 100
    assert plan.faults[-1].after_seconds < 20 * 60


@pytest.mark.parametrize("seed", range(20))
def test_everything_is_struck_in_order_and_in_bursts(seed: int) -> None:
    plan = a_plan(seed, faults=60)
    struck = {(fault.kind, fault.target) for fault in plan.faults}
    assert struck == {(target.kind, target.name) for target in TARGETS}
    times = [fault.after_seconds for fault in plan.faults]
    assert times == sorted(times)
    for number, fault in enumerate(plan.faults):
        assert fault.number == number
        begins = number // BURST * PACE_SECONDS
        assert begins <= fault.after_seconds < begins + PACE_SECONDS / 2


def test_weights_say_how_often() -> None:
    targets = (Target("kill", "often", 9), Target("kill", "seldom", 1))
    plan = make_plan(1, targets, faults=100, burst=1, pace_seconds=1.0)
    often = sum(fault.target == "often" for fault in plan.faults)
    assert 88 <= often <= 92


def test_fewer_faults_than_targets_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one each"):
        make_plan(1, TARGETS, faults=len(TARGETS) - 1, burst=1, pace_seconds=1.0)


def test_short_form_has_every_kind() -> None:
    assert {target.kind for target in ONE_OF_EACH} == {target.kind for target in TARGETS} >= KILLS
