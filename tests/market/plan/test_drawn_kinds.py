"""Random plans ask every statistic, so that its answers are held against the rows themselves."""

from __future__ import annotations

from contextlib import suppress

import hypothesis
from hypothesis import Phase
from hypothesis.errors import NoSuchExample
from strategies.plans import plans, schemas

from market.plan.plan import Plan
from market.plan.statistics import KINDS, kinds_of


def test_every_statistic_is_drawn() -> None:
    missing = set(KINDS)

    def was_last(plan: Plan) -> bool:
        for named in plan.statistics:
            missing.difference_update(kinds_of(named.statistic))
        return not missing

    with suppress(NoSuchExample):
        hypothesis.find(
            schemas().flatmap(plans),
            was_last,
            settings=hypothesis.settings(
                max_examples=2_000, database=None, phases=(Phase.generate,)
            ),
        )
    assert not missing
