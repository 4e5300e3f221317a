"""Consortia in a market: its members are known there, and say what they sign through its services.

market = Market()
settle_members(market)
consortium = founded(market, "agreed")
"""

from __future__ import annotations

from market.entities.consortium import Consortium, ConsortiumState
from market.entities.people import User
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.signed import Signed
from market.services.consortia.bind_table import bind_table
from market.services.consortia.join_consortium import consent_to_agreement, join_consortium
from market.services.consortia.leave_consortium import leave_consortium
from market.services.consortia.propose_consortium import propose_consortium
from world.builders import text
from world.consortium_builders import MEMBERS, a_consortium, agent_name
from world.market import Market
from world.people import CAROL, DORA, HUGO, settle


def settle_members(market: Market) -> None:
    """Those besides olga whom the builders' consortia seat, each with an agent of their own."""
    settle(market.people, CAROL, DORA, HUGO)
    for user in (CAROL, DORA, HUGO):
        market.appoint(user.user, agent_name(user.organisation))


def member(market: Market, organisation: str) -> User:
    """Who speaks for an organisation."""
    return market.user(MEMBERS[organisation])


def founded(
    market: Market,
    until: ConsortiumState = "agreed",
    proposal: Proposal | None = None,
    *,
    bound: bool = True,
) -> Consortium:
    """A consortium that has come so far; its members have sent what they signed."""
    said = a_consortium(until, proposal, bound=bound)
    name, platform, now = said.consortium, market.platform, market.now
    proposer = member(market, said.proposal.record.proposer)
    found = propose_consortium(platform, proposer, text(said.proposal), now=now)
    for joining in said.joinings:
        user = member(market, joining.record.organisation)
        found = join_consortium(platform, user, name, text(joining))
    for consent in said.consents:
        user = member(market, consent.record.organisation)
        found = consent_to_agreement(platform, user, name, text(consent), now=now)
    for binding in said.bindings:
        found = bind(market, said, binding)
    for departure in said.departures:
        user = member(market, departure.record.organisation)
        found = leave_consortium(platform, user, name, text(departure), now=now)
    return found


def bind(market: Market, consortium: Consortium, binding: Signed[Binding]) -> Consortium:
    """A member's binding arrives."""
    assert consortium.agreement is not None
    user = member(market, consortium.agreement.member_of(binding.record.agent).organisation)
    return bind_table(market.platform, user, consortium.consortium, text(binding), now=market.now)
