"""A consortium as a member's client sees it: only what its members have signed, and no less than it
has seen before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world.builders import a_policy, sign, text
from world.consortium_builders import (
    CONSORTIUM,
    MEMBERS,
    a_binding,
    a_consent,
    a_consortium,
    a_join_proposal,
    a_joining,
    a_proposal,
    agreement_of,
    by_member,
    seats,
)
from world.people import a_key, fingerprint
from world.served_consortium import served

from market.client.kept.home import ClientHome
from market.client.kept.pins import member_name, pin_compared
from market.client.verify.consortium import (
    not_compared,
    rebuild_consortium,
    require_compared,
    verified_answer,
)
from market.entities.consortium import Consortium, ConsortiumState
from market.errors import Conflict, Refused
from market.records.agreement import must_not_collude
from market.records.signed import record_hash

STATES: list[ConsortiumState] = ["proposed", "joined", "agreed", "ended"]
OLGAS = a_key("olga").public.hex


@pytest.fixture
def home(tmp_path: Path) -> ClientHome:
    return ClientHome(tmp_path)


def compare_all(home: ClientHome, found: Consortium, *, but: str = "") -> None:
    """Every member has read their words out to olga."""
    for organisation in found.organisations:
        if organisation not in (but, "clinics"):
            name = member_name(found.consortium, organisation)
            key = fingerprint(MEMBERS[organisation])
            pin_compared(home, "member", name, key, may_replace=False)


@pytest.mark.parametrize("until", STATES)
@pytest.mark.parametrize("proposal", [a_proposal(), a_join_proposal()])
def test_what_members_signed_is_rebuilt(until: ConsortiumState, proposal: Any) -> None:
    found = a_consortium(until, proposal)
    assert rebuild_consortium(served(found)) == found


def test_newest_binding_stands_without_those_before_it() -> None:
    found = a_consortium("agreed", bound=False)
    agreement = agreement_of(found)
    third = by_member(a_binding(agreement, "clinics", version=3), "clinics")
    shown = served(found) | {"bindings": [text(third)]}
    assert rebuild_consortium(shown).bindings == (third,)
    first = by_member(a_binding(agreement, "clinics"), "clinics")
    with pytest.raises(Refused, match="consortium-invalid"):
        rebuild_consortium(served(found) | {"bindings": [text(third), text(first)]})


def forged_consent(found: Consortium) -> dict[str, Any]:
    consent = a_consent(agreement_of(found), "couriers")
    mine = [text(one) for one in found.consents if one.record.organisation != "couriers"]
    return {"consents": [*mine, text(sign(consent, by="eve"))]}


def changed_policy(found: Consortium) -> dict[str, Any]:
    proposal = replace(found.proposal.record, policy=a_policy(job_rho_units=10**14))
    return {"proposal": text(by_member(proposal, "clinics"))}


def changed_capacity(found: Consortium) -> dict[str, Any]:
    (schema,) = found.proposal.record.schemas
    proposal = replace(found.proposal.record, schemas=(replace(schema, capacity_rows=1),))
    joinings = [by_member(a_joining(proposal, one), one) for one in found.organisations]
    return {
        "proposal": text(by_member(proposal, "clinics")),
        "joinings": [text(one) for one in joinings],
    }


def swapped_agent(found: Consortium) -> dict[str, Any]:
    agent = a_key("agent of the platform").public.hex
    joining = a_joining(found.proposal.record, "couriers", agent=agent)
    others = [text(one) for one in found.joinings if one.record.organisation != "couriers"]
    return {"joinings": [*others, text(by_member(joining, "couriers"))]}


def no_proposal(_: Consortium) -> dict[str, Any]:
    return {"proposal": "{}"}


def a_member_more(found: Consortium) -> dict[str, Any]:
    joining = a_joining(found.proposal.record, "auditors")
    return {"joinings": [*map(text, found.joinings), text(by_member(joining, "auditors"))]}


def a_member_twice(found: Consortium) -> dict[str, Any]:
    joining = a_joining(found.proposal.record, "couriers", address="10.0.0.9")
    return {"joinings": [*map(text, found.joinings), text(by_member(joining, "couriers"))]}


@pytest.mark.parametrize(
    "change",
    [
        forged_consent,
        changed_policy,
        changed_capacity,
        swapped_agent,
        no_proposal,
        a_member_more,
        a_member_twice,
    ],
)
def test_what_nobody_consented_to_is_refused(
    change: Callable[[Consortium], dict[str, Any]],
) -> None:
    found = a_consortium("agreed")
    with pytest.raises(Refused, match="consortium-invalid"):
        rebuild_consortium(served(found) | change(found))


def test_another_consortium_or_number_than_was_asked_for_is_refused(home: ClientHome) -> None:
    shown = served(a_consortium("agreed"))
    with pytest.raises(Refused, match="consortium-invalid"):
        verified_answer(home, "three-banks", shown)
    with pytest.raises(Refused, match="consortium-invalid"):
        verified_answer(home, CONSORTIUM, shown, 2)
    assert verified_answer(home, CONSORTIUM, shown, 1).number == 1


def test_consortium_never_goes_back(home: ClientHome) -> None:
    ended = a_consortium("ended")
    following = a_proposal(number=2, previous=record_hash(agreement_of(ended)))
    second = a_consortium("agreed", following)
    steps = [a_consortium("proposed"), a_consortium("joined"), a_consortium("agreed")]
    for place, step in enumerate([*steps, ended, second]):
        verified_answer(home, CONSORTIUM, served(step))
        verified_answer(home, CONSORTIUM, served(step))
        for earlier in [*steps, ended][:place] if place > 2 else steps[:0]:
            with pytest.raises(Refused, match="consortium-outdated"):
                verified_answer(home, CONSORTIUM, served(earlier))
    # An older agreement is shown to who asks for it by number, and changes nothing.
    assert verified_answer(home, CONSORTIUM, served(ended), 1) == ended
    assert verified_answer(home, CONSORTIUM, served(second)) == second


def test_seats_taken_are_not_emptied_again(home: ClientHome) -> None:
    verified_answer(home, CONSORTIUM, served(a_consortium("joined")))
    with pytest.raises(
        Refused, match=r"open seats\) of three-clinics; .* \(agreement [0-9a-f]{16}"
    ):
        verified_answer(home, CONSORTIUM, served(a_consortium("proposed")))


def test_damaged_memory_is_refused_and_not_forgotten(home: ClientHome) -> None:
    verified_answer(home, CONSORTIUM, served(a_consortium("agreed")))
    home.consortium_path(CONSORTIUM).write_bytes(b"{}")
    with pytest.raises(Refused, match="consortium-file-damaged"):
        verified_answer(home, CONSORTIUM, served(a_consortium("agreed")))


def test_members_are_taken_at_first_sight_and_told(tmp_path: Path) -> None:
    told: list[tuple[str, str, str]] = []
    home = ClientHome(tmp_path, lambda *seen: told.append(seen))
    found = verified_answer(home, CONSORTIUM, served(a_consortium("joined")))
    assert [name for _, name, _ in told] == [f"{CONSORTIUM} {one}" for one in found.organisations]
    assert not_compared(home, found, own_key=OLGAS) == ["couriers", "insurers"]
    with pytest.raises(Refused, match="member-key-not-compared"):
        require_compared(home, found, own_key=OLGAS)


def test_all_compared_is_enough(home: ClientHome) -> None:
    found = a_consortium("joined")
    compare_all(home, found)
    require_compared(home, verified_answer(home, CONSORTIUM, served(found)), own_key=OLGAS)


def test_key_compared_for_one_organisation_says_nothing_of_another(home: ClientHome) -> None:
    found = a_consortium("joined")
    compare_all(home, found, but="insurers")
    carols = fingerprint("carol")
    pin_compared(home, "member", "another insurers", carols, may_replace=False)
    pin_compared(home, "member", "another couriers", fingerprint("dora"), may_replace=False)
    verified_answer(home, CONSORTIUM, served(found))
    assert not_compared(home, found, own_key=OLGAS) == ["insurers"]


def test_member_compared_elsewhere_is_known_here(home: ClientHome) -> None:
    found = a_consortium("joined")
    for organisation in ("couriers", "insurers"):
        key = fingerprint(MEMBERS[organisation])
        pin_compared(home, "member", f"another {organisation}", key, may_replace=False)
    verified_answer(home, CONSORTIUM, served(found))
    assert not_compared(home, found, own_key=OLGAS) == []


def test_words_that_are_not_of_the_key_shown_are_a_conflict(home: ClientHome) -> None:
    found = verified_answer(home, CONSORTIUM, served(a_consortium("joined")))
    name = member_name(CONSORTIUM, "couriers")
    with pytest.raises(Conflict, match="pinned-otherwise"):
        pin_compared(home, "member", name, fingerprint("eve"), may_replace=False)
    assert "couriers" in not_compared(home, found, own_key=OLGAS)


def test_sentence_names_who_must_not_collude() -> None:
    union, join = a_proposal(), a_join_proposal()
    assert must_not_collude(union) == (
        "Among clinics, couriers, insurers, none alone learns anything of another's data but the "
        "noised results; 2 or more who put together what they have, or one who controls 2 of them, "
        "learn everything."
    )
    five = ("auditors", "banks", "clinics", "couriers", "insurers")
    large = a_proposal(seats=seats(("auditors", None), *((one, 0) for one in five[1:])))
    assert must_not_collude(large).startswith(
        "Among auditors (without data), banks, clinics, couriers, insurers, any 2 together learn "
        "nothing of another's data but the noised results; 3 or more"
    )
    assert must_not_collude(join).startswith(
        "auditors (without data) learns how many people clinics and couriers have in common, and "
        "neither who they are"
    )
