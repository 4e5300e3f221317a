"""An attack: a consortium's new member reads what was asked before they came.

Airflow shows all runs of a DAG, their forms and logs, to whoever may read it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from world.airflow_door import Door
from world.consortium_builders import CONSORTIUM, a_consortium, a_proposal, seats
from world.people import CAROL, HUGO, OLGA, settle
from world.portal_market import PortalMarket

from market.airflow.names import consortium_dag
from market.airflow.single_sign_on.rights import may_use_dag
from market.entities.consortium import Consortium


def renewed() -> Consortium:
    """The agreement after dora's departure: hugo came in their place."""
    held = (HUGO.organisation, None), (OLGA.organisation, 0), (CAROL.organisation, 0)
    left = a_consortium("ended")
    number, previous = left.number + 1, left.agreement_hash
    return a_consortium("agreed", a_proposal(number=number, previous=previous, seats=seats(*held)))


@pytest.fixture
def door(tmp_path: Path) -> Door:
    market = PortalMarket(tmp_path)
    settle(market.people, HUGO)
    market.consortia.kept[CONSORTIUM] = [a_consortium("ended"), renewed()]
    return Door(market)


def test_new_member_reads_no_run_of_an_earlier_agreement(door: Door) -> None:
    hugo = door.user_of(door.signed_on(door.market.browser("hugo"))).standing
    earlier, own = consortium_dag(CONSORTIUM, 1), consortium_dag(CONSORTIUM, 2)
    assert may_use_dag(hugo, "GET", "RUN", own)
    assert not may_use_dag(hugo, "GET", "RUN", earlier)
