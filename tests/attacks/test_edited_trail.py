"""Whoever can write the platform's database, and lacks its key, hides what an administrator did.

The last of them needs no forgery at all: every entry that they put in is one that the platform once
signed for that very number, in a history that a backup put back has since replaced.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from world.builders import NOW
from world.market import Market
from world.memory.audit import MemoryAuditTrail

from market.entities.people import Operator
from market.errors import Refused
from market.services.audit_trail import export_trail
from market.services.people.administer_people import set_active

OPERATOR = Operator()


def change(rows: dict[int, str]) -> None:
    rows[2] = rows[2].replace('"by":"ada"', '"by":"bob"')


def remove(rows: dict[int, str]) -> None:
    del rows[2]


def reorder(rows: dict[int, str]) -> None:
    rows[2], rows[3] = rows[3], rows[2]


def act(market: Market, user: str) -> None:
    """What two entries are written for, by an administrator."""
    for is_active in (False, True):
        set_active(market.platform, market.user("ada"), user, is_active=is_active, now=NOW)


def trail_of(market: Market) -> MemoryAuditTrail:
    trail = market.platform.audit
    assert isinstance(trail, MemoryAuditTrail)
    return trail


@pytest.mark.parametrize("hide", [change, remove, reorder])
def test_entry_that_was_hidden_is_missed(hide: Callable[[dict[int, str]], None]) -> None:
    market = Market()
    act(market, "bob")
    act(market, "eve")
    hide(trail_of(market).documents)
    with pytest.raises(Refused, match=r"audit-broken: Entr.*\b2\b"):
        export_trail(market.platform, OPERATOR, now=NOW)


def test_entry_of_another_history_is_no_entry_of_this_one() -> None:
    market = Market()
    act(market, "bob")
    other = copy.copy(trail_of(market).documents)
    trail_of(market).documents.clear()
    act(market, "eve")
    trail_of(market).documents[2] = other[2]
    with pytest.raises(Refused, match="audit-broken: Entry 2 follows another entry than 1"):
        export_trail(market.platform, OPERATOR, now=NOW)
