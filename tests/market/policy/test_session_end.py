"""How a session ends for its recipient, from who delivered and who gave up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.policy.consortia.session_end import Outcome, session_outcome

PARTIES = [f"party-{number}" for number in range(9)]


@pytest.mark.parametrize(
    ("members", "delivered", "gave_up", "is_over", "outcome"),
    [
        (3, 0, 0, False, "waiting"),
        (3, 0, 1, False, "broken-off"),
        (3, 1, 0, False, "waiting"),
        (3, 1, 1, False, "waiting"),
        (3, 1, 2, False, "broken-off"),
        (3, 2, 0, False, "waiting"),
        (3, 2, 1, False, "delivered"),
        (3, 3, 0, False, "delivered"),
        (3, 1, 0, True, "broken-off"),
        (3, 2, 0, True, "delivered"),
        (5, 2, 3, False, "broken-off"),
        (5, 3, 2, False, "delivered"),
        (5, 3, 1, False, "waiting"),
        (5, 2, 0, True, "broken-off"),
    ],
)
def test_outcome(
    members: int, delivered: int, gave_up: int, is_over: bool, outcome: Outcome
) -> None:
    parties = PARTIES[:members]
    assert (
        session_outcome(
            parties,
            delivered=parties[:delivered],
            gave_up=parties[delivered : delivered + gave_up],
            threshold=(members - 1) // 2,
            is_over=is_over,
        )
        == outcome
    )


@given(st.integers(3, 9), st.data())
def test_nothing_is_delivered_that_nobody_can_open_and_all_of_a_whole_one_is(
    members: int, data: st.DataObject
) -> None:
    parties, threshold = PARTIES[:members], (members - 1) // 2
    delivered = data.draw(st.sets(st.sampled_from(parties)))
    gave_up = data.draw(st.sets(st.sampled_from(parties))) - delivered
    is_over = data.draw(st.booleans())
    outcome = session_outcome(
        parties, delivered=delivered, gave_up=gave_up, threshold=threshold, is_over=is_over
    )
    if len(delivered) <= threshold:
        assert outcome != "delivered"
    if len(delivered) == members:
        assert outcome == "delivered"
    if is_over:
        assert outcome != "waiting"
