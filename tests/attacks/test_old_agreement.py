"""A member has left, or was replaced, and the platform goes on showing the agreement that was: each
signature in it is true. A client does not go back behind what it has seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.consortium_builders import CONSORTIUM, a_consortium, a_proposal, agreement_of
from world.served_consortium import served, showing

from market.client.kept.home import ClientHome
from market.client.verify.consortium import holding_agreement, shown_consortium
from market.entities.consortium import Consortium
from market.errors import Refused
from market.records.signed import record_hash


def see(home: ClientHome, found: Consortium) -> None:
    with showing(served(found), home) as shown:
        shown_consortium(home, shown.client.portal, CONSORTIUM)


@pytest.mark.parametrize("number", [1, 2])
def test_agreement_before_is_not_taken_for_the_newest(tmp_path: Path, number: int) -> None:
    home = ClientHome(tmp_path)
    agreed, ended = a_consortium("agreed"), a_consortium("ended")
    see(home, agreed)
    following = a_proposal(number=2, previous=record_hash(agreement_of(ended)))
    see(home, ended if number == 1 else a_consortium("agreed", following))
    with (
        showing(served(agreed), home) as shown,
        pytest.raises(Refused, match="consortium-outdated"),
    ):
        holding_agreement(home, shown.client.portal, CONSORTIUM)


def test_newest_agreement_is_taken(tmp_path: Path) -> None:
    home = ClientHome(tmp_path)
    agreed = a_consortium("agreed")
    see(home, agreed)
    with showing(served(agreed), home) as shown:
        assert holding_agreement(home, shown.client.portal, CONSORTIUM).consortium == agreed
