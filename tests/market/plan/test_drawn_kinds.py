"""Random plans ask every statistic, so that its answers are held against the rows themselves."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import Phase
from strategies.plans import plans, schemas

from market.plan.statistics import KINDS, kinds_of


@pytest.mark.parametrize("kind", KINDS)
def test_statistic_is_drawn(kind: str) -> None:
    drawn = hypothesis.find(
        schemas().flatmap(plans),
        lambda plan: any(kind in kinds_of(named.statistic) for named in plan.statistics),
        settings=hypothesis.settings(max_examples=2_000, database=None, phases=(Phase.generate,)),
    )
    assert drawn.statistics
