"""After all have consented, the platform and one member change what was consented to: the schema or
a policy, by another proposal; or the member's agent, by another joining. Who has consented has
consented to a hash, and nobody to this one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.builders import a_policy, text
from world.consortium_builders import a_consortium, a_joining, by_member
from world.people import a_key
from world.served_consortium import served

from market.client.verify.consortium import rebuild_consortium
from market.entities.consortium import Consortium
from market.errors import Refused
from market.records.consortium import Proposal


def joined_anew(found: Consortium, proposal: Proposal) -> list[str]:
    """As if all had joined this: their own joinings, but for the proposer's, who is in it."""
    mine = text(by_member(a_joining(proposal, "clinics"), "clinics"))
    others = [one for one in found.joinings if one.record.organisation != "clinics"]
    return [mine, *map(text, others)]


def test_policy_is_not_widened_behind_members_backs() -> None:
    found = a_consortium("agreed")
    proposal = found.proposal.record
    (schema,) = proposal.schemas
    wider = replace(proposal, policy=a_policy(job_rho_units=10**14))
    smaller = replace(proposal, schemas=(replace(schema, capacity_rows=1),))
    for changed in (wider, smaller):
        forged = served(
            found,
            proposal=text(by_member(changed, "clinics")),
            joinings=joined_anew(found, changed),
        )
        with pytest.raises(Refused, match="consortium-invalid"):
            rebuild_consortium(forged)


def test_another_agent_is_not_put_under_an_old_consent() -> None:
    found = a_consortium("agreed", bound=False)
    agent = a_key("agent of the platform").public.hex
    joining = by_member(a_joining(found.proposal.record, "clinics", agent=agent), "clinics")
    others = [text(one) for one in found.joinings if one.record.organisation != "clinics"]
    with pytest.raises(Refused, match="consortium-invalid"):
        rebuild_consortium(served(found, joinings=[text(joining), *others]))


def test_true_agreement_is_read() -> None:
    found = a_consortium("agreed")
    assert rebuild_consortium(served(found)) == found
