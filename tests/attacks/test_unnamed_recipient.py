"""The platform signs a consortium's request with a key of its own: members seal nothing to it.

The members agreed to whom results may go; whatever account the platform calls a recipient, no
agent answers anybody else.
"""

from __future__ import annotations

from pathlib import Path

from world.builders import sign, text
from world.members import a_member, work_of
from world.members_market import MembersMarket
from world.people import OLGA

from market.judgement.charges import ledger_view
from market.judgement.decide import decide
from market.judgement.question import read_question
from market.policy.decision import Denied


def test_recipient_no_member_named_is_refused(tmp_path: Path) -> None:
    market = MembersMarket()
    member = a_member(tmp_path, OLGA.organisation, market.consortium)
    member.bind()
    job = market.requested()
    request = text(sign(market.request_for(job), by="platform"))
    work = work_of(market, job, member.membership.agent, request=request)
    question = read_question(work, member.membership)
    decision = decide(question, ledger_view(member.store, question), now=market.now)
    assert isinstance(decision, Denied)
    member.store.close()
