"""publish_dataset, refresh_forms, read_budget, read_inbox, price_plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world.builders import (
    DATASET,
    DAY,
    LINEAGE,
    a_chunk_key,
    a_grant,
    a_listing,
    a_manifest,
    a_policy,
    a_schema,
    sign,
    text,
)
from world.job_builders import carried
from world.market import MEAN_AGE, REGIONS, Market
from world.stored_objects import content

from crypto import canonical
from market.entities.account import Balance
from market.entities.people import User
from market.errors import Conflict, NotFound, NotPermitted, Refused
from market.records.listing import Population
from market.records.manifest import EncryptedColumn, Manifest
from market.services.access.grant_access import (
    accept_grant,
)
from market.services.inbox.read_inbox import read_inbox
from market.services.jobs.read_budget import read_budget
from market.services.publish.publish_dataset import publish_dataset
from market.services.submit.quote_plan import plan_to_price, price_plan


def send(
    market: Market, manifest: Manifest, by: str = "olga", user: User | None = None, **listing: Any
) -> None:
    documents = sign(a_listing(manifest, **listing), by=by), sign(manifest, by=by)
    publish_dataset(
        market.platform, user or market.olga, *(text(d) for d in documents), now=market.now
    )


def _moved(
    manifest: Manifest,
    market: Market,
    version: int,
    dataset: str = DATASET,
    *,
    owner: str = "olga",
) -> tuple[EncryptedColumn, ...]:
    """The same ciphertext stored under another version or dataset."""
    columns = []
    for place, column in enumerate(manifest.columns):
        (chunk,) = column.chunks
        data = content(market.objects, chunk.key)
        moved = replace(chunk, key=a_chunk_key(dataset, version, place, owner=owner))
        market.objects.put(moved.key, data, sha256=moved.sha256)
        columns.append(replace(column, chunks=(moved,)))
    return tuple(columns)


def people_budget(market: Market, dataset: str = DATASET) -> Balance:
    found = market.catalogue.dataset(dataset)
    budget = read_budget(market.platform, found, market.olga, now=market.now)
    assert budget.whose == "people"
    return budget.balance


def test_only_the_owner_reads_what_is_left_for_all(market: Market) -> None:
    job = market.released(MEAN_AGE)
    dataset = market.catalogue.dataset(DATASET)
    seen = {
        user.user: read_budget(market.platform, dataset, user, now=market.now)
        for user in (market.olga, market.bob, market.eve)
    }
    assert {name: budget.whose for name, budget in seen.items()} == {
        "olga": "people", "bob": "own", "eve": "own",
    }  # fmt: skip
    assert {name: budget.balance.spent_units for name, budget in seen.items()} == {
        "olga": job.rho_units, "bob": job.rho_units, "eve": 0,
    }  # fmt: skip


def test_published_dataset_is_listed_with_the_lineages_budget(market: Market) -> None:
    dataset = market.catalogue.dataset(DATASET)
    assert dataset.owner == "olga"
    assert people_budget(market) == Balance(f"lineage/{LINEAGE}/1", 10**12, 0, 0)


def test_publication_again_changes_nothing(market: Market) -> None:
    before = market.catalogue.dataset(DATASET)
    market.pass_days(1)
    market.publish()
    assert market.catalogue.dataset(DATASET) == before


def test_only_an_owner_with_an_identity_key_publishes(market: Market) -> None:
    manifest = market.catalogue.dataset(DATASET).manifest.record
    for user in (market.bob, replace(market.olga, identity_key="")):
        with pytest.raises(NotPermitted, match="not-an-owner"):
            send(market, manifest, user=user)


def test_documents_signed_by_another_are_refused(market: Market) -> None:
    manifest = market.catalogue.dataset(DATASET).manifest.record
    with pytest.raises(Refused, match="publication-invalid"):
        send(market, manifest, by="platform")


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"schema_digest": "00" * 32},
        {"parameters_digest": "00" * 32},
        {"columns": ()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_manifest_that_does_not_fit_its_listing_is_refused(
    market: Market, change: dict[str, Any]
) -> None:
    manifest = replace(market.catalogue.dataset(DATASET).manifest.record, **change)
    with pytest.raises(Refused, match="publication-invalid"):
        send(market, manifest, version=1)


def test_listing_of_another_manifest_is_refused(market: Market) -> None:
    manifest = market.catalogue.dataset(DATASET).manifest.record
    with pytest.raises(Refused, match="manifest hash"):
        send(market, manifest, manifest_hash="00" * 32)


def test_chunk_that_is_not_stored_as_promised_is_refused() -> None:
    market = Market()
    with pytest.raises(Refused, match="chunk-missing"):
        send(market, a_manifest())
    with pytest.raises(NotFound):
        market.catalogue.dataset(DATASET)


def test_chunk_under_another_datasets_name_is_refused(market: Market) -> None:
    manifest = replace(market.catalogue.dataset(DATASET).manifest.record, dataset="other-visits")
    with pytest.raises(Refused, match=r"lies outside datasets/other-visits/[0-9a-f]{40}/1/"):
        send(market, manifest)


def test_chunk_that_another_owner_uploaded_is_refused(market: Market) -> None:
    mine = market.catalogue.dataset(DATASET).manifest.record
    columns = _moved(mine, market, 2, owner="oscar")
    with pytest.raises(Refused, match=r"publication-invalid: .* lies outside"):
        send(market, replace(mine, version=2, columns=columns))


def test_publication_refused_for_its_name_claims_no_lineage(market: Market) -> None:
    oscar = market.second_owner()
    mine = market.catalogue.dataset(DATASET).manifest.record
    columns = _moved(mine, market, 2, owner="oscar")
    manifest = replace(mine, version=2, lineages=("b2" * 16,), columns=columns)
    with pytest.raises(Conflict, match="dataset-of-another"):
        send(market, manifest, by="oscar", user=oscar)
    assert market.catalogue.claim_lineage("b2" * 16, "olga") == "olga"


def test_name_of_anothers_dataset_is_a_conflict(market: Market) -> None:
    oscar = market.second_owner()
    mine = market.catalogue.dataset(DATASET).manifest.record
    columns = _moved(mine, market, 2, owner="oscar")
    manifest = replace(mine, version=2, lineages=("b2" * 16,), columns=columns)
    with pytest.raises(Conflict, match="dataset-of-another"):
        send(market, manifest, by="oscar", user=oscar)


def test_lineage_of_anothers_people_is_a_conflict_and_their_cap_stays(market: Market) -> None:
    oscar = market.second_owner()
    mine = market.catalogue.dataset(DATASET).manifest.record
    columns = _moved(mine, market, 1, "other-visits", owner="oscar")
    manifest = replace(mine, dataset="other-visits", columns=columns)
    for cap in (1, 10**15):
        with pytest.raises(Conflict, match="lineage-of-another"):
            send(
                market,
                manifest,
                by="oscar",
                user=oscar,
                policy=a_policy(budget_rho_units=cap),
            )
    assert people_budget(market).cap_units == 10**12
    assert market.catalogue.of_owner("oscar") == []


def test_cap_follows_the_newest_policy_but_never_below_what_is_spent(market: Market) -> None:
    market.released()
    market.publish(version=2, budget_rho_units=2 * 10**12)
    assert people_budget(market).cap_units == 2 * 10**12
    with pytest.raises(Refused, match="cap-below-spending"):
        market.publish(version=3, budget_rho_units=1)


def test_refused_version_changes_no_cap(market: Market) -> None:
    before = dict(market.ledger.caps)
    market.stand("withdrawn")
    with pytest.raises(Conflict, match="standing-final"):
        market.publish(version=2, budget_rho_units=10**11, buyer_rho_units=10**10)
    assert market.ledger.caps == before


def test_cap_is_the_lowest_budget_of_any_table_of_the_same_people(market: Market) -> None:
    market.publish("same-people", budget_rho_units=3 * 10**11)
    for name in (DATASET, "same-people"):
        budget = people_budget(market, name)
        assert budget.cap_units == 3 * 10**11
    market.publish("same-people", version=2, budget_rho_units=10**13)
    budget = people_budget(market, "same-people")
    assert budget.cap_units == 10**12


def test_table_shares_its_owners_lineages_or_its_listing_says_why_not(market: Market) -> None:
    mine = market.catalogue.dataset(DATASET).manifest.record
    columns = _moved(mine, market, 1, "other-visits")
    manifest = replace(mine, dataset="other-visits", lineages=("b2" * 16,), columns=columns)
    with pytest.raises(Refused, match=rf'distinct_from = \["{DATASET}"\]') as refused:
        send(market, manifest)
    assert refused.value.code == "population-unsaid"
    send(market, manifest, population=Population((DATASET,)))
    assert people_budget(market, "other-visits").spent_units == 0


def test_declared_total_caps_all_periods_together(market: Market) -> None:
    market.released(MEAN_AGE)
    spent = people_budget(market, DATASET).spent_units
    mine = market.catalogue.dataset(DATASET).manifest.record
    manifest = replace(mine, version=2, epoch=2, columns=_moved(mine, market, 2))
    total = 10**12 + spent // 2
    send(market, manifest, policy=a_policy(total_rho_units=total))
    budget = people_budget(market, DATASET)
    assert (budget.cap_units, budget.spent_units) == (total, spent)


def test_forms_offer_each_organisation_what_its_buyers_may_use(closed: Market) -> None:
    accept_grant(closed.platform, closed.olga, text(sign(a_grant())), now=closed.now)
    offered = {
        form.organisation: [name for name, _ in form.datasets]
        for form in closed.forms.read().forms.organisations
    }
    assert offered == {"north-lab": [DATASET], "rival-lab": []}


def test_inbox_holds_what_waits_for_whom_oldest_first(market: Market) -> None:
    first = market.planned()
    market.pass_days(0.5)
    second = market.released(REGIONS)
    inbox = read_inbox(market.platform, market.bob, now=0)
    assert [(item.kind, item.subject) for item in inbox] == [
        ("sign", first.job),
        ("open", second.job),
    ]
    assert read_inbox(market.platform, market.eve, now=0) == []


def test_owner_is_asked_where_his_policy_asks_for_his_hand() -> None:
    market = Market()
    market.publish(approval="manual")
    job = market.requested()
    (item,) = read_inbox(market.platform, market.olga, now=0)
    assert (item.kind, item.subject, item.command) == (
        "approve",
        job.job,
        f"market approve {job.job}",
    )


def test_quote_is_the_price_of_the_job_without_spending(market: Market) -> None:
    job = market.planned()
    before = market.ledger.balance(f"lineage/{LINEAGE}/1")
    quoted = price_plan(
        plan_to_price(
            market.platform, market.bob, DATASET, carried(market.jobs, job, "plan"), "0.5"
        )
    )
    assert quoted["plan_hash"] == job.plan_hash
    assert quoted["quote"] == canonical.loads(carried(market.jobs, job, "quote").encode())
    assert market.ledger.balance(f"lineage/{LINEAGE}/1") == before
    with pytest.raises(Refused, match="plan-malformed"):
        price_plan(plan_to_price(market.platform, market.bob, DATASET, '{"version":1}', "0.5"))


def test_tables_of_one_owner_with_the_same_people_share_one_budget(market: Market) -> None:
    market.publish("same-people")
    market.released(MEAN_AGE)
    budgets = [people_budget(market, name).spent_units for name in (DATASET, "same-people")]
    assert budgets[0] == budgets[1] > 0


def test_builders_defaults_fit_each_other() -> None:
    assert a_listing().schema == a_schema()
    assert a_listing().policy == a_policy()
    assert a_grant().expires_at - a_grant().issued_at == 31 * DAY


def test_column_without_chunks_that_its_schema_does_not_name_is_refused(market: Market) -> None:
    manifest, _ = market.stored()
    bare = replace(manifest.columns[-1], chunks=())
    with pytest.raises(Refused, match=r"publication-invalid.*columns without chunks"):
        send(market, replace(manifest, columns=(*manifest.columns[:-1], bare)))
