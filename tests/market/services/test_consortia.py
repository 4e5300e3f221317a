"""propose_consortium, join_consortium, consent_to_agreement, bind_table, leave_consortium,
read_consortium, list_consortia: who may say what, and what stays when they may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from world.builders import (
    DATASET,
    NOW,
    a_listing,
    a_manifest,
    a_policy,
    an_appointment,
    sign,
    text,
)
from world.consortium_builders import (
    CONSORTIUM,
    MEMBERS,
    a_binding,
    a_consent,
    a_consortium,
    a_departure,
    a_join_proposal,
    a_joining,
    a_proposal,
    agent_name,
    agreement_of,
    by_member,
    seats,
)
from world.consortium_market import bind, founded, member, settle_members
from world.market import Market
from world.members_market import MembersMarket
from world.people import BOB, a_key

from crypto import canonical
from market.entities.consortium import ConsortiumState
from market.errors import Conflict, MarketError, NotFound, NotPermitted, Refused
from market.policy.budget.accounts import epoch_account, total_account
from market.records.listing import Population
from market.records.signed import record_hash
from market.services.consortia.bind_table import bind_table
from market.services.consortia.join_consortium import consent_to_agreement, join_consortium
from market.services.consortia.leave_consortium import leave_consortium
from market.services.consortia.propose_consortium import propose_consortium
from market.services.consortia.read_consortium import list_consortia, read_consortium
from market.services.inbox.read_inbox import read_inbox
from market.services.publish.publish_dataset import publish_dataset
from market.services.publish.store_chunk import address_to_store


@pytest.fixture
def members(market: Market) -> Market:
    """A market whose members-to-be are known."""
    settle_members(market)
    return market


def propose(market: Market, document: str, by: str = "clinics") -> None:
    propose_consortium(market.platform, member(market, by), document, now=market.now)


def with_seats(count: int) -> str:
    """A proposal for so many seats, which no client of ours would sign."""
    document = json.loads(text(by_member(a_proposal(), "clinics")))
    (seat,) = document["record"]["seats"][:1]
    document["record"]["seats"] = [
        {**seat, "organisation": f"clinic-{place:02}"} for place in range(count)
    ]
    return canonical.dumps(document).decode()


@pytest.mark.parametrize(
    ("count", "code"), [(0, "small"), (1, "small"), (2, "small"), (10, "large")]
)
def test_too_few_or_many_members_are_refused_by_name(
    members: Market, count: int, code: str
) -> None:
    with pytest.raises(Refused, match=f"consortium-too-{code}: The consortium has {count}"):
        propose(members, with_seats(count))
    assert members.consortia.all_newest() == []


@pytest.mark.parametrize("document", ["", "{}", '{"record":{"seats":3}}', "[[["])
def test_no_proposal_at_all_is_refused(members: Market, document: str) -> None:
    with pytest.raises(Refused, match="consortium-document-invalid"):
        propose(members, document)


def test_proposal_is_made_by_an_owner_for_their_own_seat(members: Market) -> None:
    mine = text(by_member(a_proposal(), "clinics"))
    members.people.add_user(
        replace(BOB, user="ben", organisation="couriers", identity_key=a_key("ben").public.hex),
        "copper-lantern-orchid-42",
    )
    with pytest.raises(NotPermitted, match="not-an-owner"):
        propose_consortium(members.platform, members.user("ben"), mine, now=NOW)
    with pytest.raises(Refused, match="consortium-document-invalid"):
        propose(members, mine, by="couriers")
    with pytest.raises(NotPermitted, match="not-your-seat"):
        propose(members, text(by_member(a_proposal(proposer="insurers"), "clinics")))
    assert members.consortia.all_newest() == []


def test_proposal_names_organisations_of_this_portal(members: Market) -> None:
    unknown = a_proposal(seats=seats(("clinics", 0), ("couriers", 0), ("nobody-here", 0)))
    with pytest.raises(NotFound, match="no-organisation"):
        propose(members, text(by_member(unknown, "clinics")))
    assert not members.consortia.has(CONSORTIUM)


def test_consortium_takes_no_datasets_name_nor_a_dataset_a_consortiums(members: Market) -> None:
    with pytest.raises(Conflict, match="dataset-of-another"):
        propose(members, text(by_member(a_proposal(consortium=DATASET), "clinics")))
    founded(members, "proposed")
    manifest = a_manifest(dataset=CONSORTIUM)
    documents = (text(sign(one)) for one in (a_listing(manifest), manifest))
    with pytest.raises(Conflict, match="dataset-of-another"):
        publish_dataset(members.platform, members.olga, *documents, now=NOW)
    key = manifest.columns[0].chunks[0].key
    with pytest.raises(Conflict, match="dataset-of-another"):
        address_to_store(
            members.platform, members.olga, key, sha256="ab" * 32, size_bytes=1, now=NOW
        )


def test_seat_is_for_its_own_people_and_the_first_of_them(members: Market) -> None:
    proposal = founded(members, "proposed").proposal.record
    joining = by_member(a_joining(proposal, "couriers"), "couriers")
    with pytest.raises(Refused, match="consortium-document-invalid"):
        join_consortium(members.platform, member(members, "insurers"), CONSORTIUM, text(joining))
    foreign = by_member(a_joining(proposal, "couriers"), "insurers")
    with pytest.raises(NotPermitted, match="not-your-seat"):
        join_consortium(members.platform, member(members, "insurers"), CONSORTIUM, text(foreign))
    taken = join_consortium(
        members.platform, member(members, "couriers"), CONSORTIUM, text(joining)
    )
    assert taken.open_seats == ("clinics", "insurers")
    other = by_member(a_joining(proposal, "couriers", address="10.0.0.1"), "couriers")
    with pytest.raises(Conflict, match="seat-taken"):
        join_consortium(members.platform, member(members, "couriers"), CONSORTIUM, text(other))


def test_member_joins_with_their_appointed_agent_alone(members: Market) -> None:
    proposal = founded(members, "proposed").proposal.record
    second = a_joining(proposal, "couriers", agent=a_key("second").public.hex)
    with pytest.raises(Refused, match="agent-not-appointed"):
        join_consortium(
            members.platform,
            member(members, "couriers"),
            CONSORTIUM,
            text(by_member(second, "couriers")),
        )


def test_consent_needs_every_seat_taken_and_the_very_sentence(members: Market) -> None:
    agreement = agreement_of(a_consortium("joined"))
    founded(members, "proposed")

    def consent(**changes: object) -> None:
        word = by_member(a_consent(agreement, "couriers", **changes), "couriers")
        consent_to_agreement(
            members.platform, member(members, "couriers"), CONSORTIUM, text(word), now=NOW
        )

    with pytest.raises(Conflict, match="seats-open"):
        consent()
    founded(members, "joined")
    for changes in ({"sentence": "All is well."}, {"agreement_hash": "00" * 32}):
        with pytest.raises(Refused, match="consortium-document-invalid"):
            consent(**changes)
    consent()
    assert members.consortia.newest(CONSORTIUM).awaited_consents == ("clinics", "insurers")


def test_binding_charges_the_members_own_people(members: Market) -> None:
    agreed = founded(members, "agreed", bound=False)
    agreement = agreement_of(agreed)
    policy = a_policy(budget_rho_units=7 * 10**11)
    binding = a_binding(agreement, "couriers", policy=policy, lineages=("b2" * 16,), epoch=3)
    assert bind(members, agreed, by_member(binding, "couriers")).bindings
    assert members.ledger.balance(epoch_account("b2" * 16, 3)).cap_units == 7 * 10**11
    # Nobody else sets the cap of these people.
    stolen = a_binding(agreement, "insurers", lineages=("b2" * 16,), epoch=3)
    with pytest.raises(Conflict, match="lineage-of-another"):
        bind(members, agreed, by_member(stolen, "insurers"))
    assert members.consortia.newest(CONSORTIUM).bindings == (by_member(binding, "couriers"),)


def test_one_budget_for_what_an_owner_sells_and_binds(members: Market) -> None:
    agreed = founded(members, "agreed", bound=False)
    agreement = agreement_of(agreed)
    own = members.catalogue.dataset(DATASET).manifest.record
    apart = a_binding(agreement, "clinics", lineages=("c3" * 16,))
    with pytest.raises(Refused, match="population-unsaid"):
        bind(members, agreed, by_member(apart, "clinics"))
    lower = a_policy(budget_rho_units=6 * 10**11)
    shared = a_binding(agreement, "clinics", policy=lower, lineages=own.lineages)
    bind(members, agreed, by_member(shared, "clinics"))
    (lineage,) = own.lineages
    assert members.ledger.balance(epoch_account(lineage, 1)).cap_units == 6 * 10**11
    # A further version of the dataset does not raise it again.
    members.publish(version=2)
    assert members.ledger.balance(epoch_account(lineage, 1)).cap_units == 6 * 10**11
    assert members.ledger.balance(total_account(lineage)).cap_units > 10**12


def test_declared_distinct_table_has_lineages_of_its_own(members: Market) -> None:
    agreed = founded(members, "agreed", bound=False)
    binding = a_binding(
        agreement_of(agreed),
        "clinics",
        lineages=("c3" * 16,),
        population=Population((DATASET,)),
    )
    assert bind(members, agreed, by_member(binding, "clinics")).bindings


def test_member_without_data_binds_nothing(members: Market) -> None:
    agreed = founded(members, "agreed", a_join_proposal())
    binding = replace(
        a_binding(agreement_of(agreed), "clinics"),
        agent=agreement_of(agreed).members[0].agent,
    )
    helper = next(one for one in agreement_of(agreed).members if one.table is None)
    binding = replace(binding, agent=helper.agent)
    with pytest.raises(Refused, match="auditors computes without data"):
        bind(members, agreed, by_member(binding, "auditors"))


@pytest.mark.parametrize("until", ["proposed", "joined"])
def test_nothing_is_bound_before_all_consent(members: Market, until: ConsortiumState) -> None:
    founded(members, until)
    agreed = a_consortium("agreed", bound=False)
    with pytest.raises(Refused, match="consortium-not-agreed"):
        bind(members, agreed, by_member(a_binding(agreement_of(agreed), "clinics"), "clinics"))


def test_departure_ends_the_agreement_and_a_new_one_replaces_the_member(members: Market) -> None:
    agreed = founded(members, "agreed")
    agreement = agreement_of(agreed)
    leaving = text(by_member(a_departure(agreement, "insurers"), "insurers"))
    for _ in range(2):
        after = leave_consortium(
            members.platform, member(members, "insurers"), CONSORTIUM, leaving, now=NOW
        )
        assert after.state == "ended"
    following = a_proposal(
        number=2,
        previous=record_hash(agreement),
        proposer="couriers",
        seats=seats(("auditors", None), ("clinics", 0), ("couriers", 0)),
    )
    outsider = replace(following, proposer="auditors")
    with pytest.raises(Conflict, match="consortium-exists: The name"):
        propose(members, text(by_member(outsider, "auditors")), by="auditors")
    propose(members, text(by_member(following, "couriers")), by="couriers")
    assert members.consortia.newest(CONSORTIUM).number == 2
    # Who left sees what they left, and not what came after.
    dora = member(members, "insurers")
    assert read_consortium(members.platform, dora, CONSORTIUM, 1).state == "ended"
    with pytest.raises(NotFound, match="no-consortium"):
        read_consortium(members.platform, dora, CONSORTIUM)


def test_departure_ends_what_waits_and_leaves_what_all_have_approved() -> None:
    market = MembersMarket()
    approved, waiting = market.approve(market.requested()), market.requested()
    departure = a_departure(market.agreement, "insurers")
    leave_consortium(
        market.platform,
        member(market, "insurers"),
        market.name,
        text(by_member(departure, "insurers")),
        now=market.now,
    )
    assert market.job(waiting).state == "refused"
    assert market.job(waiting).end.code == "agreement-ended"
    assert market.job(approved).state == "approved"
    with pytest.raises(MarketError, match="consortium-not-ready"):
        market.submit()


def test_open_proposal_is_replaced_by_a_seat_of_it(members: Market) -> None:
    founded(members, "proposed")
    following = a_proposal(number=2, proposer="insurers")
    propose(members, text(by_member(following, "insurers")), by="insurers")
    assert members.consortia.newest(CONSORTIUM).proposal.record == following


def test_outsider_is_told_what_anybody_is_told_of_no_consortium(members: Market) -> None:
    founded(members, "agreed")
    words = set()
    hugo = member(members, "auditors")
    for user in (members.bob, members.eve, hugo):
        assert list_consortia(members.platform, user) == []
        for name in (CONSORTIUM, "three-banks"):
            with pytest.raises(NotFound, match="no-consortium") as caught:
                read_consortium(members.platform, user, name)
            words.add(str(caught.value).replace(name, "*"))
    joining = text(by_member(a_joining(a_proposal(), "auditors"), "auditors"))
    deeds: list[Callable[[str], object]] = [
        lambda name: join_consortium(members.platform, hugo, name, joining),
        lambda name: consent_to_agreement(members.platform, hugo, name, joining, now=NOW),
        lambda name: bind_table(members.platform, hugo, name, joining, now=NOW),
        lambda name: leave_consortium(members.platform, hugo, name, joining, now=NOW),
    ]
    for deed in deeds:
        for name in (CONSORTIUM, "three-banks"):
            with pytest.raises(NotFound) as caught:
                deed(name)
            words.add(str(caught.value).replace(name, "*"))
    assert len(words) == 1


def test_members_and_administrators_see_it(members: Market) -> None:
    kept = founded(members, "agreed")
    for organisation in kept.organisations:
        user = member(members, organisation)
        assert list_consortia(members.platform, user) == [kept]
        assert read_consortium(members.platform, user, CONSORTIUM) == kept
    assert list_consortia(members.platform, members.user("ada")) == [kept]
    assert read_consortium(members.platform, members.user("ada"), CONSORTIUM, 1) == kept
    assert sorted(MEMBERS) == ["auditors", "clinics", "couriers", "insurers"]


def waiting(market: Market, user: str) -> list[tuple[str, str]]:
    """Kind and command of what waits for somebody because of a consortium."""
    items = read_inbox(market.platform, market.user(user), now=market.now)
    return [(item.kind, item.command) for item in items if item.subject == CONSORTIUM]


def test_inbox_tells_each_member_what_comes_next(members: Market) -> None:
    said = a_consortium("agreed")
    founded(members, "proposed")
    join = ("join", f"market consortium join {CONSORTIUM}")
    assert waiting(members, "olga") == waiting(members, "carol") == [join]
    assert waiting(members, "hugo") == waiting(members, "bob") == []
    for joining in said.joinings:
        user = member(members, joining.record.organisation)
        join_consortium(members.platform, user, CONSORTIUM, text(joining))
    assert waiting(members, "carol") == [("consent", f"market consortium consent {CONSORTIUM}")]
    # Another owner of the organisation does not speak for a seat that is taken.
    members.second_owner()
    assert waiting(members, "oscar") == []
    for consent in said.consents:
        user = member(members, consent.record.organisation)
        assert [kind for kind, _ in waiting(members, user.user)] == ["consent"]
        consent_to_agreement(members.platform, user, CONSORTIUM, text(consent), now=NOW)
    table = ("bind", f"market consortium bind {CONSORTIUM} DECLARATION TABLE")
    assert waiting(members, "dora") == [table]
    for binding in said.bindings:
        bind(members, said, binding)
    assert waiting(members, "dora") == []


def test_member_without_data_is_asked_for_no_table(members: Market) -> None:
    founded(members, "agreed", a_join_proposal(), bound=False)
    assert [kind for kind, _ in waiting(members, "olga")] == ["bind"]
    assert waiting(members, "hugo") == []


def test_member_with_a_new_agent_binds_only_under_a_new_agreement(members: Market) -> None:
    agreed = founded(members, "agreed", bound=False)
    members.appoint("carol", "carol's new agent")
    binding = by_member(a_binding(agreement_of(agreed), "couriers"), "couriers")
    with pytest.raises(Refused, match="agent-not-appointed"):
        bind(members, agreed, binding)
    assert an_appointment(agent_name("couriers")).agent in agreement_of(agreed).parties
