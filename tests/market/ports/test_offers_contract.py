"""What market.ports.catalogue.Catalogue finds datasets by, on every implementation."""

from __future__ import annotations

from typing import Any

import pytest
from world.builders import (
    DATASET,
    DAY,
    NOW,
    a_description,
    a_grant,
    a_listing,
    a_manifest,
    a_policy,
    a_revocation,
    a_standing,
    sign,
)
from world.people import fingerprint

from market.entities.offer import OfferFilter, TablePeople
from market.ports.catalogue import Catalogue

BOB = fingerprint("bob")


def publish(catalogue: Catalogue, dataset: str = DATASET, version: int = 1, **listing: Any) -> None:
    manifest = a_manifest(dataset=dataset, version=version)
    catalogue.publish(
        sign(a_listing(manifest, **listing)),
        sign(manifest),
        owner="olga",
        organisation="clinics",
        caps={},
        now=NOW + version,
    )


def found(catalogue: Catalogue, words: str = "", **wanted: Any) -> list[str]:
    return [one.dataset for one in catalogue.search(words, wanted=OfferFilter(**wanted))]


@pytest.fixture
def three(catalogue: Catalogue) -> Catalogue:
    publish(catalogue, "a-free", policy=a_policy(access="open", price_cents=0))
    described = a_description(licence="Research only")
    publish(
        catalogue,
        "b-dear",
        policy=a_policy(access="request", price_cents=900),
        description=described,
    )
    publish(catalogue, "c-cheap", policy=a_policy(access="invitation", price_cents=250))
    return catalogue


def test_offer_tells_what_its_dataset_does(catalogue: Catalogue) -> None:
    publish(catalogue)
    publish(catalogue, version=2)
    catalogue.set_standing(sign(a_standing()), now=NOW)
    [offer] = catalogue.search("")
    dataset = catalogue.dataset(DATASET)
    for member in offer.__slots__:
        assert getattr(offer, member) == getattr(dataset, member), member
    assert offer.standing == dataset.standing == "paused"
    assert catalogue.listed() == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["a-free", "b-dear", "c-cheap"]),
        ({"access": "open"}, ["a-free"]),
        ({"access": "request"}, ["b-dear"]),
        ({"access": "invitation"}, ["c-cheap"]),
        ({"price_cents": 0}, ["a-free"]),
        ({"price_cents": 249}, ["a-free"]),
        ({"price_cents": 250}, ["a-free", "c-cheap"]),
        ({"licence": "Research only"}, ["b-dear"]),
        ({"licence": "research only"}, []),
        ({"licence": "Research only", "access": "open"}, []),
        ({"granted_to": BOB, "at": NOW}, []),
    ],
)
def test_offers_are_as_wanted(
    three: Catalogue, wanted: dict[str, Any], expected: list[str]
) -> None:
    assert found(three, **wanted) == expected


def test_filter_holds_beside_words_place_and_limit(three: Catalogue) -> None:
    dear = OfferFilter(price_cents=250)
    assert [one.dataset for one in three.search("clinics", wanted=dear, limit=1)] == ["a-free"]
    behind = three.search("", wanted=dear, after="a-free")
    assert [one.dataset for one in behind] == ["c-cheap"]
    assert three.search("boats", wanted=dear) == []


def test_further_edition_is_found_by_what_it_says(three: Catalogue) -> None:
    cheaper = a_listing(
        a_manifest(dataset="b-dear"),
        edition=2,
        policy=a_policy(access="open", price_cents=1),
        description=a_description(licence="Free for all"),
    )
    three.relist(sign(cheaper), caps={}, now=NOW + 9)
    assert found(three, access="open", price_cents=1) == ["a-free", "b-dear"]
    assert found(three, licence="Free for all") == ["b-dear"]
    assert "Research only" not in three.licences()


def test_withdrawn_dataset_is_no_offer_and_its_licence_is_not_told(three: Catalogue) -> None:
    assert "Research only" in three.licences()
    assert three.licences() == sorted(set(three.licences()))
    gone = a_standing(dataset="b-dear", state="withdrawn")
    three.set_standing(sign(gone), now=NOW)
    assert found(three) == ["a-free", "c-cheap"]
    assert "Research only" not in three.licences()
    assert [one.dataset for one in three.people()] == ["a-free", "c-cheap"]
    assert [one.dataset for one in three.listed()] == ["a-free", "c-cheap"]


def test_whose_budget_a_dataset_spends_is_told_without_its_manifest(catalogue: Catalogue) -> None:
    publish(catalogue)
    manifest = catalogue.dataset(DATASET).manifest.record
    assert catalogue.people() == [TablePeople(DATASET, "olga", manifest.lineages, manifest.epoch)]


def test_granted_is_what_the_buyers_newest_grant_says_now(three: Catalogue) -> None:
    def give(dataset: str, grant: str, issued_at: int = NOW, buyer: str = "bob") -> None:
        given = a_grant(
            buyer, dataset=dataset, grant=grant, issued_at=issued_at, expires_at=NOW + DAY
        )
        three.add_grant(sign(given), now=NOW)

    give("a-free", "older", NOW - 5)
    give("a-free", "newer", NOW - 4)
    give("b-dear", "mine")
    give("c-cheap", "another's", buyer="eve")
    assert found(three, granted_to=BOB, at=NOW) == ["a-free", "b-dear"]
    live = three.live_grants(["a-free", "b-dear", "c-cheap"], BOB, now=NOW)
    assert {dataset: one.record.grant for dataset, one in live.items()} == {
        "a-free": "newer",
        "b-dear": "mine",
    }
    revoked = a_revocation(dataset="a-free", grant="newer")
    three.revoke(sign(revoked), now=NOW)
    assert found(three, granted_to=BOB, at=NOW) == ["b-dear"]
    assert found(three, granted_to=BOB, at=NOW + DAY) == []
    assert list(three.live_grants(["a-free", "b-dear"], BOB, now=NOW)) == ["b-dear"]
    assert three.live_grants([], BOB, now=NOW) == {}
