"""accept_release and deliver_result: debit, countersign, deliver."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world.builders import DATASET, LINEAGE, sign, text
from world.job_builders import carried, with_dataset
from world.market import MEAN_AGE, Market
from world.people import a_key

from crypto import canonical
from crypto.parameters import PRODUCTS
from market import wire
from market.entities.documents import Documents
from market.entities.job import Job
from market.errors import Conflict, NotFound, Refused
from market.records.delivery import (
    Bundle,
    DeliveredDataset,
    DeliveredParty,
    DeliveryStatement,
    Envelope,
    shares_digest,
)
from market.records.receipt import Countersignature, CountersignedReceipt, Receipt
from market.records.signed import open_signed, record_hash
from market.services.authorize import visible_job
from market.services.release.accept_release import accept_release
from market.services.release.deliver_result import deliver_result

ACCOUNT = f"lineage/{LINEAGE}/1"


def test_release_debits_what_was_reserved(market: Market) -> None:
    job = market.released()
    balance = market.ledger.balance(ACCOUNT)
    assert (job.state, balance.spent_units, balance.reserved_units) == (
        "released",
        job.rho_units,
        0,
    )


def test_receipt_is_countersigned_as_the_agent_signed_it(market: Market) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    released = market.accept(job, envelope, receipt)
    kept = carried(market.jobs, released, "receipt")
    both = wire.from_json(
        CountersignedReceipt,
        canonical.loads(kept.encode()),
    )
    assert both.receipt == text(sign(receipt, by="agent"))
    word = open_signed(
        Countersignature, both.countersignature.encode(), signer=a_key("platform").public.hex
    ).record
    assert word == Countersignature(record_hash(receipt), record_hash(envelope), market.now)


def test_same_release_again_changes_nothing(market: Market) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    released = market.accept(job, envelope, receipt)
    market.pass_days(1)
    assert market.accept(job, envelope, receipt) == released
    assert market.ledger.balance(ACCOUNT).spent_units == job.rho_units


def test_another_release_of_a_released_job_is_a_conflict(market: Market) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    market.accept(job, envelope, receipt)
    other = replace(envelope, sealed="00")
    with pytest.raises(Conflict, match="job-state"):
        market.accept(job, other, replace(receipt, envelope_hash=record_hash(other)))


def test_crash_between_debit_and_saving_is_mended_by_the_same_release(market: Market) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    save = market.jobs.save

    def dies(job: Job, **how: object) -> Documents:
        raise ConnectionError

    market.jobs.save = dies  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        market.accept(job, envelope, receipt)
    assert market.ledger.balance(ACCOUNT).spent_units == job.rho_units
    assert market.jobs.get(job.job).state == "evaluated"

    market.jobs.save = save  # type: ignore[method-assign]
    assert market.accept(job, envelope, receipt).state == "released"
    assert market.ledger.balance(ACCOUNT).spent_units == job.rho_units


def test_stored_release_of_an_old_question_costs_nothing(market: Market) -> None:
    spent = market.released().rho_units
    again = market.released(charge=0)
    assert again.state == "released"
    balance = market.ledger.balance(ACCOUNT)
    assert (balance.spent_units, balance.reserved_units) == (spent, 0)


def test_agent_that_knows_no_earlier_release_is_paid_though_nothing_was_reserved(
    market: Market,
) -> None:
    spent = market.released().rho_units
    again = market.released()
    assert market.ledger.balance(ACCOUNT).spent_units == spent + again.rho_units


def test_release_without_charge_gives_the_reservation_back(market: Market) -> None:
    market.released(charge=0)
    balance = market.ledger.balance(ACCOUNT)
    assert (balance.spent_units, balance.reserved_units) == (0, 0)


@pytest.mark.parametrize("signer", ["olga", "bob", "platform"])
def test_release_not_signed_by_the_agent_is_refused(market: Market, signer: str) -> None:
    job = market.evaluated()
    with pytest.raises(Refused, match="release-invalid"):
        market.accept(job, *market.release_of(job), by=signer)
    assert market.ledger.balance(ACCOUNT).spent_units == 0


HEADER_CHANGES: list[dict[str, Any]] = [
    *({name: "00" * 32} for name in ("receipt", "job", "request_hash", "plan_hash")),
    {"manifest_hashes": ("00" * 32,)},
]


@pytest.mark.parametrize("change", HEADER_CHANGES, ids=lambda change: next(iter(change)))
def test_envelope_of_something_else_is_refused(market: Market, change: dict[str, Any]) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    header = replace(envelope.header, **change)
    other = Envelope(header, envelope.sealed)
    with pytest.raises(Refused, match="release-invalid"):
        market.accept(job, other, replace(receipt, envelope_hash=record_hash(other)))
    assert market.ledger.balance(ACCOUNT).spent_units == 0


@pytest.mark.parametrize(
    "change",
    [
        {"request_hash": "00" * 32},
        {"envelope_hash": "00" * 32},
        {"buyer": "00" * 20},
        {"rho_units": 10**15},
    ],
    ids=lambda change: next(iter(change)),
)
def test_receipt_of_something_else_is_refused(market: Market, change: dict[str, Any]) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    with pytest.raises(Refused, match="release-invalid"):
        market.accept(job, envelope, replace(receipt, **change))
    assert market.ledger.balance(ACCOUNT).spent_units == 0


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": "other-data"},
        {"version": 2},
        {"manifest_hash": "00" * 32},
        {"lineages": ("b2" * 16,)},
        {"epoch": 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_receipt_on_another_dataset_is_refused(market: Market, change: dict[str, Any]) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    with pytest.raises(Refused, match="release-invalid"):
        market.accept(job, envelope, with_dataset(receipt, **change))
    assert market.ledger.balance(ACCOUNT).spent_units == 0


def test_release_before_evaluation_is_a_conflict(market: Market) -> None:
    evaluated = market.evaluated()
    documents = [text(sign(record, by="agent")) for record in market.release_of(evaluated)]
    job = replace(evaluated, state="approved")
    market.jobs.jobs[job.job] = job
    kept = market.jobs.documents(job.job).kept
    market.jobs.kept[job.job] = Documents(tuple(each for each in kept if each.kind != "shares"))
    with pytest.raises(Conflict, match="job-state"):
        accept_release(market.platform, market.olga, job.job, *documents, now=market.now)
    assert market.ledger.balance(ACCOUNT).spent_units == 0


def test_release_by_another_owner_is_not_found(market: Market) -> None:
    job = market.evaluated()
    documents = [text(sign(record, by="agent")) for record in market.release_of(job)]
    with pytest.raises(NotFound, match="no-job"):
        accept_release(market.platform, market.bob, job.job, *documents, now=market.now)


def test_bundle_holds_every_document_as_it_was_signed(market: Market) -> None:
    job = market.released()
    bundle = wire.from_json(
        Bundle, canonical.loads(deliver_result(market.platform, market.bob, job.job))
    )
    dataset = market.catalogue.dataset(job.datasets[0].dataset)
    assert bundle.listings == (text(dataset.listing),)
    assert bundle.manifests == (text(dataset.manifest),)
    assert bundle.plan == carried(market.jobs, job, "plan") != ""
    assert bundle.request == carried(market.jobs, job, "request") != ""
    assert bundle.envelopes == (carried(market.jobs, job, "envelope"),)
    assert bundle.receipts == (carried(market.jobs, job, "receipt"),)
    assert [share.output for share in bundle.platform[0]]
    both = wire.from_json(CountersignedReceipt, canonical.loads(bundle.receipts[0].encode()))
    receipt = open_signed(Receipt, both.receipt.encode(), signer=dataset.manifest.record.agent)
    assert receipt.record.rho_units == job.rho_units


def test_result_is_not_there_before_its_release(market: Market) -> None:
    job = market.evaluated()
    with pytest.raises(Conflict, match="not-released"):
        deliver_result(market.platform, market.bob, job.job)


def test_job_is_visible_to_its_organisation_the_owner_and_an_administrator(market: Market) -> None:
    job = market.submit(MEAN_AGE)
    administrator = replace(market.eve, roles=("administrator",))
    for user in (market.bob, market.olga, administrator):
        assert visible_job(market.platform, user, job.job) == job
    with pytest.raises(NotFound, match="no-job"):
        visible_job(market.platform, market.eve, job.job)


def test_release_sealed_for_other_shares_than_the_platforms_is_refused(market: Market) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    other = replace(envelope, header=replace(envelope.header, platform_digest="0" * 64))
    with pytest.raises(Refused, match="platform's shares"):
        market.accept(job, other, replace(receipt, envelope_hash=record_hash(other)))
    assert market.ledger.balance(ACCOUNT).spent_units == 0


def test_platform_signs_for_what_it_delivers_in_the_same_words_each_time(market: Market) -> None:
    job = market.evaluated()
    envelope, receipt = market.release_of(job)
    market.accept(job, envelope, receipt)
    first = deliver_result(market.platform, market.bob, job.job)
    market.pass_days(30)
    assert deliver_result(market.platform, market.bob, job.job) == first
    bundle = wire.from_json(Bundle, canonical.loads(first))
    said = open_signed(
        DeliveryStatement, bundle.statement.encode(), signer=a_key("platform").public.hex
    ).record
    assert said == DeliveryStatement(
        job=job.job,
        datasets=(
            DeliveredDataset(
                DATASET,
                1,
                receipt.datasets[0].manifest_hash,
                shares_digest(bundle.platform[0], PRODUCTS),
            ),
        ),
        parties=(
            DeliveredParty(envelope.header.agent, record_hash(envelope), record_hash(receipt)),
        ),
        plan_hash=job.plan_hash or "",
        request_hash=receipt.request_hash,
        parameters=PRODUCTS.name,
    )
