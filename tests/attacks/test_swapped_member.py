"""The platform takes a member's seat with keys of its own: their share would be its share. Whoever
has compared the member's words is shown another key, and consents to nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.builders import NOW
from world.consortium_builders import CONSORTIUM, a_consortium
from world.people import fingerprint
from world.served_consortium import served, showing, with_seat_of

from market.client.kept.home import ClientHome
from market.client.kept.pins import member_name, pin_compared
from market.client.verify.consortium import shown_consortium
from market.errors import Refused
from market.owner.consortium.membership import consent


@pytest.fixture
def home(tmp_path: Path) -> ClientHome:
    """olga's, to whom the other members have read out their words."""
    home = ClientHome(tmp_path)
    names = {"clinics": "olga", "couriers": "carol", "insurers": "dora"}
    for organisation, name in names.items():
        known = member_name(CONSORTIUM, organisation)
        pin_compared(home, "member", known, fingerprint(name), may_replace=False)
    return home


def test_another_key_in_a_members_seat_is_not_consented_to(home: ClientHome) -> None:
    with showing(served(with_seat_of("couriers", "platform")), home) as shown:
        with pytest.raises(Refused, match="member-key-changed"):
            consent(
                shown.client,
                shown_consortium(home, shown.client.portal, CONSORTIUM),
                now=NOW,
            )
        assert shown.sent == []


def test_true_members_are_consented_to(home: ClientHome) -> None:
    with showing(served(a_consortium("joined")), home) as shown:
        consent(shown.client, shown_consortium(home, shown.client.portal, CONSORTIUM), now=NOW)
        assert shown.sent == [f"POST /api/v1/consortia/{CONSORTIUM}/consents HTTP/1.1"]
