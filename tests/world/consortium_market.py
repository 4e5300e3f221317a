"""Consortia in a market: its members are known there, and say what they sign through its services.

market = Market()
settle_members(market)
consortium = founded(market, "agreed")
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from crypto import canonical
from market.entities.consortium import Consortium, ConsortiumState
from market.entities.documents import Document
from market.entities.job import AskedDataset, Job, JobEvent
from market.entities.people import User
from market.records.agreement import Agreement
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.signed import Signed
from market.services.bind_table import bind_table
from market.services.join_consortium import consent_to_agreement, join_consortium
from market.services.leave_consortium import leave_consortium
from market.services.propose_consortium import propose_consortium
from world.builders import text
from world.consortium_builders import MEMBERS, a_consortium, agent_name
from world.job_builders import a_job
from world.market import Market
from world.people import CAROL, DORA, HUGO, settle

SEAL: Final = "5e" * 32


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


def approved_job(market: Market, agreement: Agreement, name: str = "job-approved") -> Job:
    """A job under an agreement that all parties have approved; of its documents it has none."""
    job = a_job(
        job=name,
        run=market.scheduler.run_of_consortium(agreement.proposal.consortium, 1, name),
        datasets=(AskedDataset(agreement.proposal.consortium, agreement.proposal.number),),
        parties=agreement.parties,
        state="approved",
        engine="members",
    )
    return market.jobs.add(job)


def sealed_job(market: Market, agreement: Agreement) -> Job:
    """Such a job whose session is sealed, under SEAL."""
    approved = approved_job(market, agreement, "job-sealed")
    sealed = replace(approved, state="evaluated")
    event = JobEvent(sealed.job, market.now, "evaluated", "Sealed.")
    document = Document("seal", canonical.dumps(SEAL).decode())
    market.jobs.save(sealed, expected="approved", event=event, documents=[document])
    return sealed
