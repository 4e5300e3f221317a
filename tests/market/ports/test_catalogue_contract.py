"""market.ports.catalogue.Catalogue, on every implementation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
    a_revocation,
    a_schema,
    a_standing,
    sign,
)
from world.people import a_key, fingerprint

from market.entities.account import Balance, Charge
from market.entities.dataset import AccessRequest
from market.entities.overview import Stored
from market.errors import Conflict, NotFound, Refused
from market.plan.schema import BooleanColumn
from market.ports.catalogue import Catalogue
from market.ports.ledger import Ledger

ASKED = AccessRequest(
    "r1", DATASET, "bob", "north-lab", fingerprint("bob"), "A study", "waiting", NOW
)


def publish(
    catalogue: Catalogue,
    dataset: str = DATASET,
    version: int = 1,
    owner: str = "olga",
    caps: Mapping[str, int] | None = None,
    **listing: Any,
) -> None:
    schema = listing.pop("schema", a_schema())
    manifest = a_manifest(schema, dataset=dataset, version=version)
    catalogue.publish(
        sign(a_listing(manifest, schema, **listing), by=owner),
        sign(manifest, by=owner),
        owner=owner,
        organisation="clinics",
        caps=caps or {},
        now=NOW + version,
    )


def names(catalogue: Catalogue, words: str) -> list[str]:
    return [dataset.dataset for dataset in catalogue.search(words)]


def test_name_is_held_by_who_published_under_it(catalogue: Catalogue) -> None:
    assert catalogue.claimant(DATASET) is None
    publish(catalogue)
    assert catalogue.claimant(DATASET) == "olga"
    catalogue.set_standing(sign(a_standing(state="withdrawn")), now=NOW)
    assert catalogue.claimant(DATASET) == "olga"


def test_publication_out_of_turn_claims_no_name(catalogue: Catalogue) -> None:
    with pytest.raises(Conflict, match="version-out-of-turn"):
        publish(catalogue, version=2)
    assert catalogue.claimant(DATASET) is None


def test_first_claim_of_a_lineage_holds(catalogue: Catalogue) -> None:
    assert catalogue.claim_lineage("a1", "olga") == "olga"
    assert catalogue.claim_lineage("a1", "oscar") == "olga"
    assert catalogue.claim_lineage("b2", "oscar") == "oscar"


def test_published_dataset_is_read_back_as_it_was_signed(catalogue: Catalogue) -> None:
    publish(catalogue)
    found = catalogue.dataset(DATASET)
    assert found.listing == sign(a_listing(), by="olga")
    assert found.manifest == sign(a_manifest(), by="olga")
    assert (found.owner, found.owner_key) == ("olga", a_key("olga").public.hex)
    assert (found.organisation, found.standing, found.published_at) == (
        "clinics",
        "listed",
        NOW + 1,
    )
    assert catalogue.version(DATASET, 1) == found


def test_same_version_again_changes_nothing(catalogue: Catalogue) -> None:
    publish(catalogue)
    publish(catalogue, version=2)
    publish(catalogue)
    assert catalogue.dataset(DATASET).listing.record.version == 2
    assert catalogue.version(DATASET, 1).published_at == NOW + 1


def test_version_is_listed_with_its_caps_or_not_at_all(
    catalogue: Catalogue, ledger: Ledger
) -> None:
    publish(catalogue, caps={"a": 100, "b": 100})
    ledger.reserve("r", (Charge("b", 60),), now=NOW, expires_at=NOW + DAY)
    with pytest.raises(Refused, match="cap-below-spending"):
        publish(catalogue, version=2, caps={"a": 50, "b": 50})
    assert (ledger.balance("a").cap_units, ledger.balance("b").cap_units) == (100, 100)
    assert catalogue.dataset(DATASET).listing.record.version == 1
    with pytest.raises(Conflict, match="version-out-of-turn"):
        publish(catalogue, version=3, caps={"a": 1})
    publish(catalogue, version=2, caps={"a": 50, "b": 70})
    publish(catalogue, version=2, caps={"a": 7})
    assert (ledger.balance("a").cap_units, ledger.balance("b").cap_units) == (50, 70)


def test_version_out_of_turn_is_a_conflict(catalogue: Catalogue) -> None:
    with pytest.raises(Conflict, match=r"version-out-of-turn: .* expected 1"):
        publish(catalogue, version=2)
    publish(catalogue)
    with pytest.raises(Conflict, match=r"version-out-of-turn: .* expected 2"):
        publish(catalogue, version=3)
    with pytest.raises(Conflict, match="version-out-of-turn"):
        publish(catalogue, description=a_description(title="Something else"))
    with pytest.raises(NotFound, match="version 2"):
        catalogue.version(DATASET, 2)


def test_name_another_published_under_is_a_conflict(catalogue: Catalogue) -> None:
    publish(catalogue, owner="oscar")
    with pytest.raises(Conflict, match="dataset-of-another"):
        publish(catalogue)


def test_newest_version_is_the_one_searched(catalogue: Catalogue) -> None:
    publish(catalogue)
    publish(catalogue, version=2, description=a_description(title="Hospital stays", summary="-"))
    assert names(catalogue, "clinics") == []
    assert names(catalogue, "hospital") == [DATASET]
    assert [d.listing.record.version for d in catalogue.of_owner("olga")] == [2]
    assert catalogue.of_owner("oscar") == []


@pytest.mark.parametrize(
    "words",
    ["", "  ", "CLINICS visits", "eleven", "region", "insurance PAID", "ein straẞe", "100%_sure"],
)
def test_every_word_may_stand_in_title_summary_column_or_meaning(
    catalogue: Catalogue, words: str
) -> None:
    summary = "Every visit to eleven clinics, in eine Straße, 100%_sure."
    publish(catalogue, description=a_description(summary=summary))
    assert names(catalogue, words) == [DATASET]


@pytest.mark.parametrize("words", ["clinics boats", "%", "_", "a%e", "clinic\\", "olga", DATASET])
def test_a_word_that_stands_nowhere_finds_nothing(catalogue: Catalogue, words: str) -> None:
    schema = a_schema(columns=(BooleanColumn("paid", "Paid", "false"),), products=())
    publish(catalogue, schema=schema, description=a_description(summary="Visits"))
    assert names(catalogue, words) == []


def test_search_finds_all_in_order_of_their_names(catalogue: Catalogue) -> None:
    for name in ("zeta", "alpha", "mid-point"):
        publish(catalogue, dataset=name)
    assert names(catalogue, "clinics") == ["alpha", "mid-point", "zeta"]


def test_paused_is_found_and_withdrawn_is_not(catalogue: Catalogue) -> None:
    publish(catalogue)
    catalogue.set_standing(sign(a_standing()), now=NOW)
    assert [d.standing for d in catalogue.search("")] == ["paused"]
    publish(catalogue, version=2)
    assert catalogue.dataset(DATASET).standing == "paused"
    catalogue.set_standing(sign(a_standing(number=5, state="withdrawn")), now=NOW)
    assert catalogue.search("") == []
    assert catalogue.version(DATASET, 1).standing == "withdrawn"
    with pytest.raises(Conflict, match="standing-final"):
        publish(catalogue, version=3)
    with pytest.raises(NotFound, match="no-dataset"):
        catalogue.set_standing(sign(a_standing(dataset="unknown")), now=NOW)


def test_newest_standing_is_read_back_as_it_was_signed(catalogue: Catalogue) -> None:
    publish(catalogue)
    publish(catalogue, dataset="another-one")
    assert catalogue.dataset(DATASET).signed_standing is None
    first = sign(a_standing(served_versions=(1,)))
    catalogue.set_standing(first, now=NOW)
    catalogue.set_standing(first, now=NOW + 1)
    assert catalogue.version(DATASET, 1).signed_standing == first
    later = sign(a_standing(number=3, state="listed"))
    catalogue.set_standing(later, now=NOW)
    assert catalogue.dataset(DATASET).signed_standing == later
    assert catalogue.dataset("another-one").signed_standing is None


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"number": 2, "state": "listed"}, "standing-differs"),
        ({"number": 1}, "standing-outdated"),
    ],
)
def test_standing_that_is_no_later_word_is_a_conflict(
    catalogue: Catalogue, wrong: dict[str, Any], code: str
) -> None:
    publish(catalogue)
    kept = sign(a_standing(number=2))
    catalogue.set_standing(kept, now=NOW)
    with pytest.raises(Conflict, match=code):
        catalogue.set_standing(sign(a_standing(**wrong)), now=NOW)
    assert catalogue.dataset(DATASET).signed_standing == kept


def test_nothing_follows_a_withdrawal_but_the_same_word(catalogue: Catalogue) -> None:
    publish(catalogue)
    final = sign(a_standing(state="withdrawn"))
    catalogue.set_standing(final, now=NOW)
    catalogue.set_standing(final, now=NOW)
    with pytest.raises(Conflict, match="standing-final"):
        catalogue.set_standing(sign(a_standing(number=2, state="listed")), now=NOW)
    assert catalogue.dataset(DATASET).standing == "withdrawn"


def test_live_grant_is_the_buyers_own_until_it_is_over(catalogue: Catalogue) -> None:
    publish(catalogue)
    mine = sign(a_grant(expires_at=NOW + DAY))
    for grant in (mine, sign(a_grant("other", grant="of-another", issued_at=NOW - 1))):
        catalogue.add_grant(grant, now=NOW)
    buyer = fingerprint("bob")
    assert catalogue.live_grant(DATASET, buyer, now=NOW + DAY - 1) == mine
    assert catalogue.live_grant("unknown", buyer, now=NOW) is None
    assert catalogue.live_grant(DATASET, fingerprint("eve"), now=NOW) is None
    assert catalogue.live_grant(DATASET, buyer, now=NOW + DAY) is None


def test_newest_grant_stands_in_place_of_a_longer_one_also_when_it_is_revoked(
    catalogue: Catalogue,
) -> None:
    publish(catalogue)
    short = sign(a_grant(grant="short", issued_at=NOW - 1, expires_at=NOW + DAY))
    long = sign(a_grant(grant="long", issued_at=NOW - 2, expires_at=NOW + 2 * DAY))
    for grant in (short, long):
        catalogue.add_grant(grant, now=NOW)
    buyer = fingerprint("bob")
    assert catalogue.live_grant(DATASET, buyer, now=NOW) == short
    catalogue.revoke(sign(a_revocation(grant="short")), now=NOW)
    assert catalogue.live_grant(DATASET, buyer, now=NOW) is None


def test_grants_are_listed_with_their_revocation(catalogue: Catalogue) -> None:
    publish(catalogue)
    first, second = sign(a_grant(grant="g1")), sign(a_grant(grant="g2"))
    catalogue.add_grant(first, now=NOW)
    catalogue.add_grant(second, now=NOW + 1)
    revocation = sign(a_revocation(grant="g1"))
    catalogue.revoke(revocation, now=NOW + 2)
    catalogue.revoke(sign(a_revocation(grant="g1", revoked_at=NOW + 3)), now=NOW + 3)
    assert catalogue.grants(DATASET) == [(first, revocation), (second, None)]


def test_grant_again_changes_nothing_but_not_with_other_content(catalogue: Catalogue) -> None:
    publish(catalogue)
    catalogue.add_grant(sign(a_grant()), now=NOW)
    catalogue.add_grant(sign(a_grant()), now=NOW + 1)
    with pytest.raises(Conflict, match="grant-differs"):
        catalogue.add_grant(sign(a_grant(rho_units=1)), now=NOW)
    assert len(catalogue.grants(DATASET)) == 1


def test_revoked_grant_given_again_stays_revoked(catalogue: Catalogue) -> None:
    publish(catalogue)
    catalogue.add_grant(sign(a_grant()), now=NOW)
    catalogue.revoke(sign(a_revocation()), now=NOW)
    catalogue.add_grant(sign(a_grant()), now=NOW)
    assert catalogue.live_grant(DATASET, fingerprint("bob"), now=NOW) is None


def test_revocation_of_no_grant_of_the_dataset_is_not_found(catalogue: Catalogue) -> None:
    publish(catalogue)
    publish(catalogue, dataset="other-visits")
    catalogue.add_grant(sign(a_grant()), now=NOW)
    with pytest.raises(NotFound, match="no-such-grant"):
        catalogue.revoke(sign(a_revocation(grant="unknown")), now=NOW)
    with pytest.raises(NotFound, match="no-such-grant"):
        catalogue.revoke(sign(a_revocation(dataset="other-visits")), now=NOW)
    assert catalogue.live_grant(DATASET, fingerprint("bob"), now=NOW) is not None


def test_access_request_waits_once_per_buyer(catalogue: Catalogue) -> None:
    publish(catalogue)
    catalogue.ask_access(ASKED)
    with pytest.raises(Conflict, match="access-asked"):
        catalogue.ask_access(replace(ASKED, request="r2"))
    other = replace(ASKED, request="r3", buyer_fingerprint=fingerprint("eve"), created_at=NOW - 1)
    catalogue.ask_access(other)
    assert catalogue.access_requests(DATASET) == [other, ASKED]


def test_declined_buyer_may_ask_again(catalogue: Catalogue) -> None:
    publish(catalogue)
    catalogue.ask_access(ASKED)
    catalogue.close_access_request("r1", "declined")
    again = replace(ASKED, request="r2", created_at=NOW + 1)
    catalogue.ask_access(again)
    assert catalogue.access_requests(DATASET) == [replace(ASKED, state="declined"), again]


def test_access_request_is_closed_once(catalogue: Catalogue) -> None:
    publish(catalogue)
    catalogue.ask_access(ASKED)
    catalogue.close_access_request("r1", "granted")
    catalogue.close_access_request("r1", "granted")
    with pytest.raises(Conflict, match="access-request-closed"):
        catalogue.close_access_request("r1", "declined")
    with pytest.raises(NotFound, match="no-access-request"):
        catalogue.close_access_request("unknown", "declined")
    assert catalogue.access_requests(DATASET)[0].state == "granted"


def test_what_owners_store_is_summed_over_all_versions(catalogue: Catalogue) -> None:
    assert catalogue.stored() == []
    publish(catalogue)
    publish(catalogue, version=2)
    publish(catalogue, dataset="other-visits", owner="oscar")
    size = a_manifest().stored_bytes
    assert size > 0
    assert catalogue.stored() == [Stored("olga", 2, 2 * size), Stored("oscar", 1, size)]


def test_budgets_are_those_of_people_and_no_buyers_part(
    catalogue: Catalogue, ledger: Ledger
) -> None:
    assert catalogue.budgets() == []
    publish(catalogue, caps={"lineage/a/total": 9, "lineage/a/1": 5})
    ledger.open_account("lineage/a/1/buyer/b", 3)
    ledger.open_account("key/k/flooding", 3)
    ledger.reserve("r", (Charge("lineage/a/1", 2),), now=NOW, expires_at=NOW + DAY)
    ledger.debit("r", now=NOW)
    assert catalogue.budgets() == [
        Balance("lineage/a/1", 5, 2, 0),
        Balance("lineage/a/total", 9, 0, 0),
    ]


def test_a_search_is_cut_and_goes_on_behind_an_id(catalogue: Catalogue) -> None:
    for dataset in ("visits-b", "visits-a", "visits-c"):
        publish(catalogue, dataset=dataset)
    assert [one.dataset for one in catalogue.search("", limit=2)] == ["visits-a", "visits-b"]
    assert [one.dataset for one in catalogue.search("", after="visits-b")] == ["visits-c"]
    assert catalogue.ids_of_owner("olga") == ["visits-a", "visits-b", "visits-c"]
    assert catalogue.ids_of_owner("nobody") == []
    assert set(catalogue.titles()) == {"visits-a", "visits-b", "visits-c"}


def test_requests_that_wait_are_found_by_owner(catalogue: Catalogue) -> None:
    publish(catalogue, dataset=DATASET)
    for number in (2, 1):
        later = replace(ASKED, request=f"r{number}", created_at=NOW + number)
        catalogue.ask_access(replace(later, buyer_fingerprint=f"{number}" * 40))
    waiting = catalogue.access_waiting("olga", limit=5)
    assert [one.request for one in waiting] == ["r1", "r2"]
    assert len(catalogue.access_waiting("olga", limit=1)) == 1
    assert catalogue.access_waiting("oscar", limit=5) == []
    catalogue.close_access_request("r1", "declined")
    assert [one.request for one in catalogue.access_waiting("olga", limit=5)] == ["r2"]
