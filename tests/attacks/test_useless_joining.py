"""Attack: join a session with a certificate, or at a port, that no worker can use.

The signature is good and the seal covers it, so every agent begins. One that fails over it and
tries again reads its whole table each time, until the job's days are over; and nobody is told whose
joining it was.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from world.builders import sign, text
from world.consortium_builders import agent_name, agent_of
from world.members import MemberAtHome, a_member, prepared_at, sealed_at
from world.members_live import DEADLINES
from world.members_market import MembersMarket
from world.people import CAROL, OLGA

from market.agent.sessions.run import Means, run_session
from market.judgement.question import Work
from market.records.session import SessionAbort, SessionJoin
from market.records.signed import open_signed
from market.vault.sessions import identity_for
from market.vault.store.replies import find_replies

SPOILER = agent_of(CAROL.organisation)


@pytest.fixture
def market() -> MembersMarket:
    return MembersMarket()


@pytest.fixture
def member(market: MembersMarket, tmp_path: Path) -> Iterator[MemberAtHome]:
    made = a_member(tmp_path, OLGA.organisation, market.consortium)
    made.bind()
    yield made
    made.store.close()


def test_useless_certificate_ends_the_session_and_names_its_member(
    market: MembersMarket, member: MemberAtHome
) -> None:
    work = with_certificates(market, member, sealed_at(market, member, market.requested()))
    prepared = prepared_at(market, member, work)
    means = Means(member.home, member.store, secrets.token_bytes, lambda: market.now, DEADLINES)
    run_session(means, prepared, starts_at=lambda: market.now, stop=threading.Event())
    reply = find_replies(member.store, work.job)["abort"]
    abort = open_signed(SessionAbort, reply.document.encode()).record
    assert (abort.stage, abort.accused, abort.code) == ("specify", SPOILER, "joining-unusable")
    assert reply.beside is None


def with_certificates(market: MembersMarket, member: MemberAtHome, work: Work) -> Work:
    """All but one member's joinings with certificates of their own."""
    names = {agent_of(one): agent_name(one) for one in market.consortium.organisations}
    joins = []
    for kept in work.joins:
        join = open_signed(SessionJoin, kept.encode()).record
        if join.party not in (SPOILER, member.membership.agent):
            of_another = identity_for(
                member.home, secrets.token_hex(32), now=1, until=2, entropy=secrets.token_bytes
            )
            join = replace(join, certificate=of_another.certificate)
            joins.append(text(sign(join, by=names[join.party])))
        else:
            joins.append(kept)
    return replace(work, joins=tuple(joins))
