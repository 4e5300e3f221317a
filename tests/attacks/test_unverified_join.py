"""A recipient asks for columns of two members in an unverified session: every agent refuses.

There one false factor of a member, a match that counts a thousandfold, opens another member's row.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from world.builders import sign, text
from world.consortium_builders import a_join_proposal
from world.members import a_member, work_of
from world.members_market import MembersMarket
from world.people import OLGA

from market.judgement.charges import ledger_view
from market.judgement.decide import decide
from market.judgement.question import read_question
from market.policy.decision import Denied


def test_unverified_products_are_refused_by_the_member(tmp_path: Path) -> None:
    market = MembersMarket(a_join_proposal())
    member = a_member(tmp_path, OLGA.organisation, market.consortium)
    member.bind()
    question = "def build(ds):\n    return {'spent': ds['spent'].sum()}\n"
    job = market.requested(question, verified="yes")
    asked = market.request_for(job)
    assert asked.session is not None
    unverified = replace(asked, session=replace(asked.session, is_verified=False))
    request = text(sign(unverified, by="olga"))
    work = work_of(market, job, member.membership.agent, request=request)
    in_hand = read_question(work, member.membership)
    decision = decide(in_hand, ledger_view(member.store, in_hand), now=market.now)
    assert isinstance(decision, Denied)
    member.store.close()
