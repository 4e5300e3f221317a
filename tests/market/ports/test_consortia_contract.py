"""market.ports.consortia.Consortia, on every implementation."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from world.builders import DATASET, NOW, a_listing, a_manifest, sign
from world.consortium_builders import (
    CONSORTIUM,
    a_binding,
    a_consent,
    a_consortium,
    a_departure,
    a_join_proposal,
    a_joining,
    a_proposal,
    agreement_of,
    by_member,
)
from world.people import a_key

from market.entities.account import Charge
from market.entities.consortium import Consortium, ConsortiumState
from market.errors import Conflict, MarketError, NotFound, Refused
from market.ports.catalogue import Catalogue
from market.ports.consortia import Consortia
from market.ports.ledger import Ledger
from market.records.signed import record_hash


def keep(consortia: Consortia, wanted: Consortium) -> Consortium:
    """Say all that a consortium's members have said, in the order it has to be said."""
    name, number = wanted.consortium, wanted.number
    consortia.propose(wanted.proposal, now=NOW)
    for joining in wanted.joinings:
        consortia.add_joining(name, number, joining)
    for consent in wanted.consents:
        consortia.add_consent(name, number, consent)
    for binding in wanted.bindings:
        consortia.add_binding(name, number, binding, owner="olga", caps={}, now=NOW)
    for departure in wanted.departures:
        consortia.add_departure(name, number, departure)
    return consortia.newest(name)


@pytest.mark.parametrize("until", ["proposed", "joined", "agreed", "ended"])
def test_consortium_is_read_as_its_members_signed_it(
    consortia: Consortia, until: ConsortiumState
) -> None:
    for wanted in (a_consortium(until), a_consortium(until, a_join_proposal(consortium="joined"))):
        assert keep(consortia, wanted) == wanted
        assert wanted.state == until
        assert consortia.get(wanted.consortium, 1) == wanted
    # All of it again changes nothing.
    if until != "ended":
        assert keep(consortia, wanted) == wanted


def test_members_find_their_consortia_and_nobody_else_does(consortia: Consortia) -> None:
    union = keep(consortia, a_consortium("agreed"))
    join = keep(consortia, a_consortium("proposed", a_join_proposal(consortium="a-join")))
    assert consortia.of_organisation("couriers") == [join, union]
    assert consortia.of_organisation("auditors") == [join]
    assert consortia.of_organisation("north-lab") == []
    assert [consortia.has_seat(one) for one in ("couriers", "auditors")] == [True, True]
    assert not consortia.has_seat("north-lab")
    assert consortia.agreed() == [union]
    assert consortia.all_newest() == [join, union]
    assert (consortia.has(CONSORTIUM), consortia.has("three-banks")) == (True, False)


def test_replaced_member_finds_the_newest_agreement_no_more(consortia: Consortia) -> None:
    ended = keep(consortia, a_consortium("ended"))
    following = a_join_proposal(
        consortium=CONSORTIUM, number=2, previous=ended.agreement_hash, proposer="couriers"
    )
    consortia.propose(by_member(following, "couriers"), now=NOW)
    assert [one.number for one in consortia.of_organisation("couriers")] == [2]
    assert consortia.of_organisation("insurers") == []
    assert not consortia.has_seat("insurers")
    assert consortia.get(CONSORTIUM, 1) == ended
    assert consortia.newest(CONSORTIUM).state == "proposed"
    assert consortia.agreed() == []


def test_what_is_not_there_is_no_consortium(consortia: Consortia) -> None:
    joining = by_member(a_joining(a_proposal(), "clinics"), "clinics")
    for ask in (
        lambda: consortia.newest(CONSORTIUM),
        lambda: consortia.get(CONSORTIUM, 1),
        lambda: consortia.add_joining(CONSORTIUM, 1, joining),
    ):
        with pytest.raises(NotFound, match="no-consortium"):
            ask()
    keep(consortia, a_consortium("proposed"))
    for number in (0, 2):
        with pytest.raises(NotFound, match="no-consortium"):
            consortia.get(CONSORTIUM, number)


def test_name_is_a_datasets_or_a_consortiums_never_both(
    consortia: Consortia, catalogue: Catalogue
) -> None:
    def publish(name: str) -> None:
        manifest = a_manifest(dataset=name)
        listing = sign(a_listing(manifest, dataset=name))
        words = {"owner": "olga", "organisation": "clinics"}
        catalogue.publish(listing, sign(manifest), **words, caps={}, now=NOW)

    publish(DATASET)
    keep(consortia, a_consortium("proposed"))
    with pytest.raises(Conflict, match="dataset-of-another"):
        consortia.propose(by_member(a_proposal(consortium=DATASET), "clinics"), now=NOW)
    with pytest.raises(Conflict, match="dataset-of-another"):
        publish(CONSORTIUM)
    assert not consortia.has(DATASET)
    assert catalogue.claimant(CONSORTIUM) is None


def test_second_proposal_while_the_first_stands_is_a_conflict(consortia: Consortia) -> None:
    joined = keep(consortia, a_consortium("joined"))
    following = a_proposal(number=2, previous=joined.agreement_hash)
    for proposal in (following, a_proposal(title="Another")):
        with pytest.raises(Conflict, match="consortium-exists"):
            consortia.propose(by_member(proposal, "clinics"), now=NOW)
    assert consortia.newest(CONSORTIUM) == joined


def test_document_for_a_replaced_proposal_is_a_conflict(consortia: Consortia) -> None:
    proposal = a_proposal()
    keep(consortia, a_consortium("proposed"))
    consortia.propose(by_member(replace(proposal, number=2), "clinics"), now=NOW)
    with pytest.raises(Conflict, match="consortium-superseded"):
        consortia.add_joining(CONSORTIUM, 1, by_member(a_joining(proposal, "clinics"), "clinics"))


def test_refused_document_leaves_everything_as_it_was(consortia: Consortia) -> None:
    agreed = keep(consortia, a_consortium("agreed", bound=False))
    agreement = agreement_of(agreed)
    other = by_member(a_joining(a_proposal(), "clinics", address="clinics.example.org"), "clinics")
    consent = by_member(a_consent(agreement, "clinics", created_at=NOW + 1), "clinics")
    departure = sign(a_departure(agreement, "clinics"), by="eve")
    with pytest.raises(Conflict, match="seat-taken"):
        consortia.add_joining(CONSORTIUM, 1, other)
    with pytest.raises(Conflict, match="consent-differs"):
        consortia.add_consent(CONSORTIUM, 1, consent)
    with pytest.raises(Refused, match="consortium-document-invalid"):
        consortia.add_departure(CONSORTIUM, 1, departure)
    assert consortia.newest(CONSORTIUM) == agreed


def test_binding_and_its_caps_are_kept_together_or_not_at_all(
    consortia: Consortia, ledger: Ledger
) -> None:
    agreement = agreement_of(keep(consortia, a_consortium("agreed", bound=False)))
    first = by_member(a_binding(agreement, "clinics"), "clinics")
    consortia.add_binding(CONSORTIUM, 1, first, owner="olga", caps={"a": 10}, now=NOW)
    ledger.reserve("job", (Charge("a", 8),), now=NOW, expires_at=NOW + 60)
    second = by_member(a_binding(agreement, "clinics", version=2), "clinics")
    with pytest.raises(Refused, match="cap-below-spending"):
        consortia.add_binding(CONSORTIUM, 1, second, owner="olga", caps={"a": 7}, now=NOW)
    assert consortia.newest(CONSORTIUM).bindings == (first,)
    consortia.add_binding(CONSORTIUM, 1, second, owner="olga", caps={"a": 9}, now=NOW)
    assert consortia.newest(CONSORTIUM).bindings == (second,)
    assert ledger.balance("a").cap_units == 9
    # The one before, again, is a conflict, and changes no cap.
    with pytest.raises(Conflict, match="binding-differs"):
        consortia.add_binding(CONSORTIUM, 1, first, owner="olga", caps={"a": 10}, now=NOW)
    assert ledger.balance("a").cap_units == 9


def test_owners_bindings_outlive_their_agreement(consortia: Consortia) -> None:
    agreed = keep(consortia, a_consortium("agreed", bound=False))
    agreement = agreement_of(agreed)
    for version in (1, 2):
        binding = by_member(a_binding(agreement, "couriers", version=version), "couriers")
        consortia.add_binding(CONSORTIUM, 1, binding, owner="carol", caps={}, now=NOW)
    departure = by_member(a_departure(agreement, "couriers"), "couriers")
    consortia.add_departure(CONSORTIUM, 1, departure)
    following = a_proposal(number=2, previous=record_hash(agreement))
    consortia.propose(by_member(following, "clinics"), now=NOW)
    assert consortia.bindings_of("carol") == {CONSORTIUM: binding}
    assert consortia.bindings_of("olga") == {}


def test_of_two_who_take_one_seat_at_once_the_first_has_it(consortia: Consortia) -> None:
    keep(consortia, a_consortium("proposed"))
    offered = [
        sign(a_joining(a_proposal(), "couriers", agent=a_key(f"agent {n}").public.hex), by=f"c{n}")
        for n in range(4)
    ]
    outcomes: list[str] = []

    def join(place: int) -> None:
        try:
            consortia.add_joining(CONSORTIUM, 1, offered[place])
            outcomes.append("kept")
        except MarketError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=join, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "seat-taken", "seat-taken", "seat-taken"]
    (held,) = consortia.newest(CONSORTIUM).joinings
    assert held in offered
