"""Records of a consortium: each function gives a whole, valid one; keyword arguments change fields.

Three clinics' owners with rows of different people (`a_proposal`), or two with columns of the same
people and a helper without data (`a_join_proposal`). Every member has a key of their own and an
agent of their own, and names themself as the one to whom results may be sealed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, TypeVar

from market.entities.consortium import Consortium, ConsortiumState
from market.plan.schema import BooleanColumn, NumericColumn, PrivacyUnit, Schema
from market.policy.consortia.consortium import (
    with_binding,
    with_consent,
    with_departure,
    with_joining,
)
from market.records.agreement import Agreement, Consent, Departure, Joining
from market.records.binding import Binding
from market.records.consortium import FIRST_PREVIOUS, Proposal, Seat
from market.records.listing import Population
from market.records.session import SessionAbort, SessionJoin
from market.records.signed import Signed, record_hash
from world.builders import DAY, LINEAGE, NOW, a_policy, a_schema, sign
from world.people import CAROL, DORA, HUGO, OLGA, a_key, fingerprint

CONSORTIUM: Final = "three-clinics"
MEMBERS: Final = {user.organisation: user.user for user in (OLGA, CAROL, DORA, HUGO)}
"""Who speaks for which organisation; with `a_key` of that name."""
UNTIL: Final[tuple[ConsortiumState, ...]] = ("proposed", "joined", "agreed", "ended")


def agent_name(organisation: str) -> str:
    """The name by which `a_key` gives a member's agent; olga also sells with theirs."""
    return "agent" if organisation == OLGA.organisation else f"agent of {organisation}"


def agent_of(organisation: str) -> str:
    """A member's agent, its public key in hex."""
    return a_key(agent_name(organisation)).public.hex


def a_proposal(**changes: Any) -> Proposal:
    """A union of three tables, proposed by olga's clinics."""
    proposal = Proposal(
        consortium=CONSORTIUM,
        number=1,
        previous=FIRST_PREVIOUS,
        proposer=OLGA.organisation,
        title="Visits everywhere",
        purpose="What visits cost, whoever was visited.",
        composition="union",
        schemas=(a_schema(),),
        seats=seats((OLGA.organisation, 0), (CAROL.organisation, 0), (DORA.organisation, 0)),
        policy=a_policy(),
        intersection_rho_units=0,
        created_at=NOW - DAY,
    )
    return replace(proposal, **changes)


def seats(*held: tuple[str, int | None]) -> tuple[Seat, ...]:
    """Seats by organisation and table, in order; nobody is the platform's operator."""
    return tuple(Seat(organisation, table, is_operator=False) for organisation, table in held)


def a_join_proposal(**changes: Any) -> Proposal:
    """A join of olga's and carol's columns, helped by hugo's auditors."""
    proposal = a_proposal(
        composition="join",
        schemas=join_schemas(),
        seats=seats((HUGO.organisation, None), (OLGA.organisation, 0), (CAROL.organisation, 1)),
        intersection_rho_units=10**6,
    )
    return replace(proposal, **changes)


def join_schemas() -> tuple[Schema, Schema]:
    """What a clinic and a courier know of the same people."""
    unit = PrivacyUnit("person", 1, "one person")
    return (
        Schema(
            name="patients",
            columns=(
                NumericColumn("age", "0", "100", "Age", "years", "midpoint", None, None),
                BooleanColumn("insured", "Whether an insurance pays", "false"),
            ),
            privacy_unit=unit,
            capacity_rows=4096,
            products=(),
        ),
        Schema(
            name="customers",
            columns=(
                NumericColumn("spent", "0", "5000", "Spent in a year", "EUR", "low", None, None),
            ),
            privacy_unit=unit,
            capacity_rows=8192,
            products=(),
        ),
    )


def a_joining(proposal: Proposal, organisation: str, **changes: Any) -> Joining:
    """How a member takes their seat."""
    joining = Joining(
        proposal_hash=record_hash(proposal),
        organisation=organisation,
        agent=agent_of(organisation),
        address="",
        recipients=(fingerprint(MEMBERS[organisation]),),
        created_at=NOW - DAY,
    )
    return replace(joining, **changes)


def a_consent(agreement: Agreement, organisation: str, **changes: Any) -> Consent:
    consent = Consent(record_hash(agreement), organisation, agreement.sentence, NOW)
    return replace(consent, **changes)


def a_binding(agreement: Agreement, organisation: str, **changes: Any) -> Binding:
    """The first table a member binds; olga binds the people whom the catalogue has already."""
    people = fingerprint(f"people of {organisation}")[:32]
    member = agreement.member_of(agent_of(organisation))
    binding = Binding(
        agreement_hash=record_hash(agreement),
        agent=member.agent,
        version=1,
        schema_digest=agreement.proposal.schemas[member.table or 0].digest(),
        policy=a_policy(),
        population=Population(),
        lineages=(LINEAGE if organisation == OLGA.organisation else people,),
        epoch=1,
        created_at=NOW,
    )
    return replace(binding, **changes)


def a_departure(agreement: Agreement, organisation: str, **changes: Any) -> Departure:
    return replace(Departure(record_hash(agreement), organisation, NOW), **changes)


def a_session_join(request_hash: str, agreement: Agreement, **changes: Any) -> SessionJoin:
    """The first party's, with a certificate that no worker would take."""
    join = SessionJoin(
        job="job-1",
        party=agreement.parties[0],
        agreement_hash=record_hash(agreement),
        request_hash=request_hash,
        certificate="-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        address="",
        created_at=NOW,
        expires_at=NOW + DAY,
    )
    return replace(join, **changes)


def a_session_abort(request_hash: str, agreement: Agreement, **changes: Any) -> SessionAbort:
    """The first party's word that the second fell silent."""
    abort = SessionAbort(
        job="job-1",
        party=agreement.parties[0],
        request_hash=request_hash,
        seal="5e" * 32,
        stage="multiply",
        accused=agreement.parties[1],
        reported_by="",
        code="member-silent",
        message="Nothing came from it for 60 seconds.",
        created_at=NOW,
    )
    return replace(abort, **changes)


def a_consortium(
    until: ConsortiumState = "agreed", proposal: Proposal | None = None, *, bound: bool = True
) -> Consortium:
    """A consortium that has come so far, by documents that its members signed.

    `bound`: with every member's table, where it has come to that.
    """
    proposal = proposal or a_proposal()
    consortium = Consortium(by_member(proposal, proposal.proposer))
    steps = UNTIL.index(until)
    if steps >= 1:
        for organisation in consortium.organisations:
            joining = by_member(a_joining(proposal, organisation), organisation)
            consortium = with_joining(consortium, joining)
    agreement = consortium.agreement
    if agreement is None or steps < 2:
        return consortium
    for organisation in consortium.organisations:
        consent = by_member(a_consent(agreement, organisation), organisation)
        consortium = with_consent(consortium, consent)
    for member in consortium.unbound if bound else ():
        binding = a_binding(agreement, member.organisation)
        consortium = with_binding(consortium, by_member(binding, member.organisation))
    if steps < 3:
        return consortium
    leaving = consortium.organisations[0]
    return with_departure(consortium, by_member(a_departure(agreement, leaving), leaving))


def agreement_of(consortium: Consortium) -> Agreement:
    """The agreement of a consortium that has one."""
    if consortium.agreement is None:
        raise AssertionError(f"{consortium.consortium} is {consortium.state}")
    return consortium.agreement


M = TypeVar("M", Proposal, Joining, Consent, Binding, Departure)


def by_member(record: M, organisation: str) -> Signed[M]:
    """A record under the key of who speaks for a member."""
    return sign(record, by=MEMBERS[organisation])
