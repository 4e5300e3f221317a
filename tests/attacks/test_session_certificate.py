"""The platform puts a certificate of its own into a member's joining: no agent begins the session.

With it the platform would take that member's place at all others.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world.builders import sign, text
from world.consortium_builders import agent_of
from world.members import a_member, prepared_at, sealed_at
from world.members_market import MembersMarket
from world.people import CAROL, OLGA

from market.judgement.question import Distrusted
from market.records.session import SessionJoin
from market.records.signed import open_signed


def test_certificate_nobody_signed_gets_no_session(tmp_path: Path) -> None:
    market = MembersMarket()
    member = a_member(tmp_path, OLGA.organisation, market.consortium)
    member.bind()
    work = sealed_at(market, member, market.requested())
    joins = []
    for kept in work.joins:
        join = open_signed(SessionJoin, kept.encode()).record
        if join.party == agent_of(CAROL.organisation):
            kept = text(sign(replace(join, certificate="the platform's"), by="platform"))
        joins.append(kept)
    with pytest.raises(Distrusted):
        prepared_at(market, member, replace(work, joins=tuple(joins)))
    member.store.close()
