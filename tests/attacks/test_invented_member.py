"""The platform invents a member: it takes the seat of somebody nobody has spoken with. A consent is
made only once every key was read out by another channel, so it waits for words that never come."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.builders import NOW
from world.consortium_builders import CONSORTIUM
from world.people import fingerprint
from world.served_consortium import served, showing, with_seat_of

from market.client.kept.home import ClientHome
from market.client.kept.pins import member_name, pin_compared
from market.client.verify.consortium import rebuild_consortium, shown_consortium
from market.errors import Refused
from market.owner.consortium.membership import consent


def test_member_nobody_has_heard_is_not_consented_to(tmp_path: Path) -> None:
    home = ClientHome(tmp_path)
    carol = member_name(CONSORTIUM, "couriers")
    pin_compared(home, "member", carol, fingerprint("carol"), may_replace=False)
    with showing(served(with_seat_of("insurers", "platform")), home) as shown:
        found = shown_consortium(home, shown.client.portal, CONSORTIUM)
        with pytest.raises(Refused, match="member-key-not-compared"):
            consent(shown.client, found, now=NOW)
        assert shown.sent == []


def test_member_without_a_seat_is_no_member() -> None:
    answer = served(with_seat_of("insurers", "platform"))
    invented = answer["joinings"][-1].replace('"insurers"', '"invented"')
    with pytest.raises(Refused, match="consortium-invalid"):
        rebuild_consortium(answer | {"joinings": [*answer["joinings"], invented]})
