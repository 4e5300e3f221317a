"""market.ports.catalogue.Catalogue on further editions of a listing, on every implementation."""

from __future__ import annotations

from typing import Any

import pytest
from world.builders import (
    DATASET,
    DAY,
    NOW,
    a_description,
    a_listing,
    a_manifest,
    a_policy,
    a_standing,
    sign,
)

from market.entities.account import Charge
from market.entities.dataset import Edition
from market.errors import Conflict, NotFound, Refused
from market.ports.catalogue import Catalogue
from market.ports.ledger import Ledger
from market.records.listing import Listing
from market.records.signed import Signed


def listing(version: int = 1, **changes: Any) -> Signed[Listing]:
    return sign(a_listing(a_manifest(version=version), **changes))


def publish(catalogue: Catalogue, version: int = 1, caps: dict[str, int] | None = None) -> None:
    catalogue.publish(
        listing(version),
        sign(a_manifest(version=version)),
        owner="olga",
        organisation="clinics",
        caps=caps or {},
        now=NOW + version,
    )


def relist(catalogue: Catalogue, edition: int, version: int = 1, **changes: Any) -> Signed[Listing]:
    signed = listing(version, edition=edition, **changes)
    catalogue.relist(signed, caps={}, now=NOW + 10 * edition)
    return signed


def test_newest_edition_is_the_one_read_and_earlier_ones_are_read_by_number(
    catalogue: Catalogue,
) -> None:
    publish(catalogue)
    assert catalogue.dataset(DATASET).changed_at is None
    second = relist(catalogue, 2, policy=a_policy(price_cents=250))
    fourth = relist(catalogue, 4, policy=a_policy(price_cents=300))
    found = catalogue.dataset(DATASET)
    assert (found.listing, found.changed_at, found.published_at) == (fourth, NOW + 40, NOW + 1)
    assert catalogue.version(DATASET, 1) == found
    assert catalogue.version(DATASET, 1, 4) == found
    assert catalogue.version(DATASET, 1, 2).listing == second
    assert catalogue.version(DATASET, 1, 1).listing == listing()
    assert catalogue.of_owner("olga") == [found]
    with pytest.raises(NotFound, match="no-edition"):
        catalogue.version(DATASET, 1, 3)


def test_every_edition_stays_with_when_it_came(catalogue: Catalogue) -> None:
    assert catalogue.editions(DATASET) == []
    publish(catalogue)
    second = relist(catalogue, 2, description=a_description(title="Other"))
    publish(catalogue, version=2)
    assert catalogue.editions(DATASET) == [
        Edition(listing(), NOW + 1),
        Edition(second, NOW + 20),
        Edition(listing(2), NOW + 2),
    ]
    # A version begins with an edition of its own.
    assert catalogue.dataset(DATASET).changed_at is None
    assert catalogue.version(DATASET, 1).listing == second


def test_words_of_the_newest_edition_are_the_ones_searched(catalogue: Catalogue) -> None:
    publish(catalogue)
    relist(catalogue, 2, description=a_description(title="Hospital stays", summary="-"))
    assert [found.dataset for found in catalogue.search("hospital")] == [DATASET]
    assert catalogue.search("clinics") == []


def test_same_edition_again_changes_nothing(catalogue: Catalogue) -> None:
    publish(catalogue)
    relist(catalogue, 2)
    catalogue.relist(listing(edition=2), caps={}, now=NOW + 99)
    assert catalogue.dataset(DATASET).changed_at == NOW + 20
    # Nor does the publication, which is sent again where its answer was missed.
    publish(catalogue)
    assert catalogue.dataset(DATASET).listing.record.edition == 2


@pytest.mark.parametrize(("edition", "code"), [(3, "edition-differs"), (2, "edition-outdated")])
def test_no_edition_takes_the_place_of_a_later_or_another(
    catalogue: Catalogue, edition: int, code: str
) -> None:
    publish(catalogue)
    kept = relist(catalogue, 3, policy=a_policy(price_cents=250))
    with pytest.raises(Conflict, match=code):
        relist(catalogue, edition)
    assert catalogue.dataset(DATASET).listing == kept


def test_first_edition_is_not_taken_back_either(catalogue: Catalogue) -> None:
    publish(catalogue)
    relist(catalogue, 2)
    with pytest.raises(Conflict, match="edition-outdated"):
        catalogue.relist(listing(), caps={}, now=NOW)


def test_edition_comes_with_its_caps_or_not_at_all(catalogue: Catalogue, ledger: Ledger) -> None:
    publish(catalogue, caps={"a": 100, "b": 100})
    ledger.reserve("r", (Charge("b", 60),), now=NOW, expires_at=NOW + DAY)
    with pytest.raises(Refused, match="cap-below-spending"):
        catalogue.relist(listing(edition=2), caps={"a": 50, "b": 50}, now=NOW)
    assert (ledger.balance("a").cap_units, ledger.balance("b").cap_units) == (100, 100)
    assert catalogue.dataset(DATASET).listing.record.edition == 1
    catalogue.relist(listing(edition=2), caps={"a": 150, "b": 60}, now=NOW)
    assert (ledger.balance("a").cap_units, ledger.balance("b").cap_units) == (150, 60)


def test_only_the_newest_version_of_a_dataset_that_is_not_withdrawn_is_listed_anew(
    catalogue: Catalogue,
) -> None:
    with pytest.raises(NotFound, match="no-dataset"):
        relist(catalogue, 2)
    publish(catalogue)
    publish(catalogue, version=2)
    with pytest.raises(Conflict, match=r"version-not-newest: .* at version 2"):
        relist(catalogue, 2, version=1)
    catalogue.set_standing(sign(a_standing(state="withdrawn")), now=NOW)
    with pytest.raises(Conflict, match="standing-final"):
        relist(catalogue, 2, version=2)
    assert [one.listing.record.edition for one in catalogue.editions(DATASET)] == [1, 1]
