"""A seal covers one joining of every member, each under the key the agreement names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world.builders import sign, text
from world.consortium_builders import (
    MEMBERS,
    a_consortium,
    a_joining,
    a_proposal,
    a_session_join,
    agent_name,
    agent_of,
    agreement_of,
    by_member,
)
from world.people import CAROL, OLGA

from crypto.errors import CryptoError
from market.entities.consortium import Consortium
from market.policy.consortia.consortium import with_joining
from market.records.agreement import Agreement
from market.records.sealed_session import seal_session

AGREEMENT = agreement_of(a_consortium())
REQUEST = "12" * 32


def joined(organisation: str, agreement: Agreement = AGREEMENT, **changes: Any) -> str:
    """A member's joining, as its agent signs it."""
    own = {"party": agent_of(organisation), "certificate": f"of {organisation}"}
    join = replace(a_session_join(REQUEST, agreement), **own | changes)
    return text(sign(join, by=agent_name(organisation)))


def all_joined(agreement: Agreement = AGREEMENT, **of_olga: Any) -> list[str]:
    return [
        joined(member.organisation, agreement, **of_olga)
        if member.organisation == OLGA.organisation
        else joined(member.organisation, agreement)
        for member in agreement.members
    ]


def seal(texts: list[str], agreement: Agreement = AGREEMENT) -> str:
    return seal_session(agreement, "job-1", REQUEST, texts).seal


def test_everybody_makes_the_same_seal_in_any_order() -> None:
    texts = all_joined()
    assert seal(texts) == seal(texts[::-1]) == seal([*texts, texts[0]])
    session = seal_session(AGREEMENT, "job-1", REQUEST, texts)
    assert tuple(sorted(session.joins)) == AGREEMENT.parties


@pytest.mark.parametrize(
    "changes", [{"certificate": "another"}, {"created_at": 1}, {"expires_at": 9}]
)
def test_another_joining_makes_another_seal(changes: dict[str, Any]) -> None:
    assert seal(all_joined(**changes)) != seal(all_joined())


@pytest.mark.parametrize(
    "changes",
    [
        {"job": "job-2"},
        {"request_hash": "34" * 32},
        {"agreement_hash": "56" * 32},
        {"address": "elsewhere.example:4000"},
        {"party": agent_of(CAROL.organisation)},
        {"party": "0" * 64},
    ],
    ids=str,
)
def test_joining_of_something_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(CryptoError):
        seal(all_joined(**changes))


def test_seal_without_a_member_is_refused() -> None:
    with pytest.raises(CryptoError, match="none of"):
        seal(all_joined()[1:])


def test_two_joinings_of_one_member_are_refused() -> None:
    with pytest.raises(CryptoError, match="two of"):
        seal([*all_joined(), joined(OLGA.organisation, certificate="another")])


def test_joining_under_another_key_than_the_agents_is_refused() -> None:
    join = a_session_join(REQUEST, AGREEMENT, party=agent_of(OLGA.organisation))
    by_owner = text(sign(join, by=MEMBERS[OLGA.organisation]))
    others = [joined(m.organisation) for m in AGREEMENT.members if m.agent != join.party]
    with pytest.raises(CryptoError, match="signer"):
        seal([by_owner, *others])


def test_address_is_the_declared_host_with_a_port() -> None:
    agreement = agreement_of(reachable_at("clinics.example"))
    assert seal(all_joined(agreement, address="clinics.example:4000"), agreement)
    assert seal(all_joined(agreement), agreement)
    for address in ("clinics.example", "clinics.example:", "other.example:4000", ":4000"):
        with pytest.raises(CryptoError, match="address"):
            seal(all_joined(agreement, address=address), agreement)


def reachable_at(host: str) -> Consortium:
    """A consortium in which olga's agent is reached directly."""
    proposal = a_proposal()
    consortium = Consortium(by_member(proposal, proposal.proposer))
    for organisation in consortium.organisations:
        changes = {"address": host} if organisation == OLGA.organisation else {}
        joining = a_joining(proposal, organisation, **changes)
        consortium = with_joining(consortium, by_member(joining, organisation))
    return consortium
