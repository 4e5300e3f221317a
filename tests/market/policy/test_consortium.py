"""The rulebook of a consortium: whatever comes in whatever order, what is kept is what its members'
clients build of it, and nothing said twice counts twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world.builders import NOW, sign
from world.consortium_builders import (
    a_binding,
    a_consent,
    a_consortium,
    a_departure,
    a_join_proposal,
    a_joining,
    a_proposal,
    agent_of,
    agreement_of,
    by_member,
)
from world.people import a_key

from market.entities.consortium import Consortium
from market.errors import Conflict, MarketError, NotFound, Refused
from market.policy.consortia.consortium import (
    is_next,
    next_place,
    with_binding,
    with_consent,
    with_departure,
    with_joining,
)
from market.policy.consortia.consortium_documents import documents_of, read_consortium_documents
from market.policy.consortia.consortium_next import awaited
from market.records.agreement import agree
from market.records.consortium import FIRST_PREVIOUS
from market.records.signed import Signed


@dataclass(frozen=True)
class Said:
    """A document, and the step that takes it."""

    document: Signed[Any]
    step: Callable[[Consortium, Signed[Any]], Consortium]


ENDED = a_consortium("ended")
TRUE = [
    *(Said(one, with_joining) for one in ENDED.joinings),
    *(Said(one, with_consent) for one in ENDED.consents),
    *(Said(one, with_binding) for one in ENDED.bindings),
    *(Said(one, with_departure) for one in ENDED.departures),
]
AGREEMENT = agreement_of(ENDED)
PROPOSAL = ENDED.proposal.record
FALSE = [
    Said(sign(a_joining(PROPOSAL, "couriers"), by="eve"), with_joining),
    Said(by_member(a_joining(PROPOSAL, "auditors"), "auditors"), with_joining),
    Said(by_member(a_joining(a_proposal(title="Other"), "couriers"), "couriers"), with_joining),
    Said(sign(a_consent(AGREEMENT, "couriers"), by="eve"), with_consent),
    Said(by_member(a_consent(AGREEMENT, "couriers", sentence="No."), "couriers"), with_consent),
    Said(sign(a_binding(AGREEMENT, "couriers"), by="olga"), with_binding),
    Said(sign(a_departure(AGREEMENT, "couriers"), by="olga"), with_departure),
]


@given(st.lists(st.sampled_from([*TRUE, *FALSE]), max_size=60))
def test_whatever_came_is_what_clients_build_of_it(said: list[Said]) -> None:
    kept = Consortium(ENDED.proposal)
    for one in said:
        try:
            after = one.step(kept, one.document)
        except MarketError:
            continue
        # Once more changes nothing, whatever has come since.
        assert one.step(after, one.document) == after
        kept = after
    assert read_consortium_documents(documents_of(kept)) == kept
    # One organisation, one seat; and no document of a stranger.
    assert len({one.record.organisation for one in kept.joinings}) == len(kept.joinings)
    for documents in (kept.consents, kept.departures):
        assert {one.signer for one in documents} <= {one.signer for one in kept.joinings}
    if kept.state == "agreed":
        assert len(kept.consents) == len(kept.organisations)


@given(st.permutations(range(3)), st.permutations(range(3)), st.permutations(range(3)))
def test_order_of_members_is_nobodys_advantage(
    joined: list[int], consented: list[int], bound: list[int]
) -> None:
    found = Consortium(ENDED.proposal)
    for place in joined:
        found = with_joining(found, ENDED.joinings[place])
    for place in consented:
        found = with_consent(found, ENDED.consents[place])
    for place in bound:
        found = with_binding(found, ENDED.bindings[place])
    assert found == replace(ENDED, departures=())


@pytest.mark.parametrize(
    ("joining", "by", "code"),
    [
        (a_joining(PROPOSAL, "couriers", agent=agent_of("clinics")), "carol", "member-key-taken"),
        (a_joining(PROPOSAL, "couriers"), "olga", "member-key-taken"),
        (a_joining(PROPOSAL, "auditors"), "hugo", "no-seat"),
        (a_joining(a_proposal(title="Other"), "couriers"), "carol", "consortium-document-invalid"),
    ],
)
def test_seat_is_not_taken_with_anothers_keys_or_for_another_proposal(
    joining: Any, by: str, code: str
) -> None:
    first = by_member(a_joining(PROPOSAL, "clinics"), "clinics")
    found = with_joining(Consortium(ENDED.proposal), first)
    with pytest.raises((Refused, NotFound), match=code):
        with_joining(found, sign(joining, by=by))


def test_seat_of_the_proposer_is_for_the_key_that_proposed() -> None:
    joining = sign(a_joining(PROPOSAL, "clinics"), by="oscar")
    with pytest.raises(Refused, match="seat-of-proposer"):
        with_joining(Consortium(ENDED.proposal), joining)


def test_somebody_has_to_receive_results() -> None:
    found = Consortium(ENDED.proposal)
    for organisation in ("clinics", "couriers"):
        joining = a_joining(PROPOSAL, organisation, recipients=())
        found = with_joining(found, by_member(joining, organisation))
    nobody = by_member(a_joining(PROPOSAL, "insurers", recipients=()), "insurers")
    with pytest.raises(Refused, match="no-recipient"):
        with_joining(found, nobody)
    somebody = by_member(a_joining(PROPOSAL, "insurers"), "insurers")
    assert agreement_of(with_joining(found, somebody)).recipients


def test_bindings_count_one_by_one() -> None:
    agreed = a_consortium("agreed")
    for version in (1, 3):
        changed = a_binding(AGREEMENT, "couriers", version=version, created_at=NOW + 1)
        with pytest.raises(Conflict, match="binding-differs"):
            with_binding(agreed, by_member(changed, "couriers"))
    second = by_member(a_binding(AGREEMENT, "couriers", version=2), "couriers")
    assert with_binding(agreed, second).binding_of(agent_of("couriers")) == second


def test_ended_agreement_takes_departures_alone() -> None:
    second = by_member(a_binding(AGREEMENT, "couriers", version=2), "couriers")
    with pytest.raises(Refused, match="agreement-ended"):
        with_binding(ENDED, second)
    leaving = by_member(a_departure(AGREEMENT, "couriers"), "couriers")
    assert len(with_departure(ENDED, leaving).departures) == 2
    again = by_member(a_departure(AGREEMENT, "clinics", created_at=NOW + 1), "clinics")
    with pytest.raises(Conflict, match="departed"):
        with_departure(ENDED, again)


def test_next_proposal_names_the_newest_agreement() -> None:
    assert next_place(None) == (1, FIRST_PREVIOUS)
    assert next_place(a_consortium("proposed")) == (2, FIRST_PREVIOUS)
    assert next_place(ENDED) == (2, ENDED.agreement_hash)
    for number, previous in ((1, ENDED.agreement_hash), (3, ENDED.agreement_hash), (2, "0" * 64)):
        proposal = sign(a_proposal(number=number, previous=previous))
        with pytest.raises(Conflict, match="consortium-exists"):
            is_next(proposal, ENDED)
    assert is_next(sign(a_proposal(number=2, previous=ENDED.agreement_hash)), ENDED)
    assert not is_next(ENDED.proposal, ENDED)


def test_each_member_is_told_what_they_have_to_do() -> None:
    told = {
        until: [
            (step.kind, step.organisation) for step in awaited(a_consortium(until, bound=False))
        ]
        for until in ("proposed", "joined", "agreed")
    }
    all_three = ("clinics", "couriers", "insurers")
    assert told["proposed"] == [("join", one) for one in all_three]
    assert told["joined"] == [("consent", one) for one in all_three]
    assert told["agreed"] == [("bind", one) for one in all_three]
    assert awaited(a_consortium("agreed")) == awaited(ENDED) == ()
    join = a_consortium("agreed", a_join_proposal(), bound=False)
    assert [step.organisation for step in awaited(join)] == ["clinics", "couriers"]


def test_members_stand_in_the_order_of_their_agents() -> None:
    agreement = agree(PROPOSAL, ENDED.joinings)
    assert list(agreement.parties) == sorted(agent_of(one) for one in ENDED.organisations)
    assert [agreement.point_of(agent) for agent in agreement.parties] == [1, 2, 3]
    with pytest.raises(ValueError, match="not those of its proposal's seats"):
        agree(PROPOSAL, ENDED.joinings[:2])
    assert a_key("agent").public.hex in agreement.parties
