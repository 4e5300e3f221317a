"""Whom an agent's signed word names when its session ends, and on whose word."""

from __future__ import annotations

import pytest
from world.consortium_builders import a_consortium

from market.agent.sessions.documents import Ending, ending_of

AGREEMENT = a_consortium().agreement
PARTIES = AGREEMENT.parties if AGREEMENT else ()


@pytest.mark.parametrize(
    ("party", "reported_by", "accused", "reporter"),
    [
        pytest.param(2, 0, PARTIES[1], "", id="seen"),
        pytest.param(0, 0, "", "", id="nobody"),
        pytest.param(3, 2, PARTIES[2], PARTIES[1], id="reported"),
        pytest.param(1, 2, "", PARTIES[1], id="itself-by-report"),
        pytest.param(1, 0, PARTIES[0], "", id="its-own-failure"),
    ],
)
def test_agent_names_whom_it_saw_and_whose_word_it_passes_on(
    party: int, reported_by: int, accused: str, reporter: str
) -> None:
    assert AGREEMENT is not None
    event = {
        "event": "aborted",
        "stage": "check",
        "party": party,
        "code": "wrong-product",
        "reason": "a product was computed falsely",
        "reported_by": reported_by,
    }
    ending = ending_of(AGREEMENT, PARTIES[0], event)
    assert ending == Ending(
        "check", accused, "wrong-product", "a product was computed falsely", reporter
    )
