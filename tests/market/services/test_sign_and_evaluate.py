"""accept_request, accept_approval, accept_refusal, evaluate_job."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from world.builders import DAY, LINEAGE, sign, text
from world.job_builders import a_refusal, an_approval, carried, with_dataset
from world.market import REGIONS, Market

from crypto import canonical
from crypto.parameters import PRODUCTS
from crypto.shares import decode_table, encode_residues, sum_residues
from market.adapters.shares_of_constants import Shares
from market.entities.documents import Document
from market.entities.job import Job
from market.errors import Conflict, NotFound, Refused, Unavailable
from market.ports.stages import Evaluator
from market.records.signed import record_hash
from market.services.compute.accept_approval import accept_approval, accept_refusal
from market.services.compute.accept_request import accept_request
from market.services.compute.evaluate_job import evaluate_job


def reserved(market: Market) -> int:
    return market.ledger.balance(f"lineage/{LINEAGE}/1").reserved_units


def test_signed_request_moves_a_planned_job_once(market: Market) -> None:
    job = market.planned()
    document = market.request(job)
    requested = accept_request(market.platform, job.job, document, now=market.now)
    assert requested.state == "requested"
    assert requested.request_hash == record_hash(market.request_of(requested))
    assert carried(market.jobs, requested, "request") == document
    assert accept_request(market.platform, job.job, document, now=market.now + 1) == requested
    assert requested.deadline == market.now + 5 * DAY
    assert [e.step for e in market.jobs.timeline(job.job)][-1] == "requested"


@pytest.mark.parametrize(
    "change",
    [
        {"job": "job-other"},
        {"parties": ("00" * 32,)},
        {"plan_hash": "00" * 32},
        {"rho_units": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_request_that_names_something_else_is_refused(
    market: Market, change: dict[str, Any]
) -> None:
    job = market.planned()
    document = market.request(job, **change)
    with pytest.raises(Refused, match="request-invalid"):
        accept_request(market.platform, job.job, document, now=market.now)
    assert market.jobs.get(job.job) == job


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": "other-data"},
        {"version": 2},
        {"manifest_hash": "00" * 32},
        {"price_cents": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_request_on_another_dataset_is_refused(market: Market, change: dict[str, Any]) -> None:
    job = market.planned()
    other = with_dataset(market.request_for(job), **change)
    with pytest.raises(Refused, match="request-invalid"):
        accept_request(market.platform, job.job, text(sign(other, by="bob")), now=market.now)
    assert market.jobs.get(job.job) == job


@pytest.mark.parametrize("signer", ["eve", "olga", "agent", "platform"])
def test_request_signed_by_another_is_refused(market: Market, signer: str) -> None:
    job = market.planned()
    document = text(sign(market.request_for(job), by=signer))
    with pytest.raises(Refused, match="request-invalid"):
        accept_request(market.platform, job.job, document, now=market.now)


def test_altered_or_malformed_request_is_refused(market: Market) -> None:
    job = market.planned()
    document = market.request(job)
    for wrong in (document.replace("abab", "acac"), document + " ", "{}", ""):
        with pytest.raises(Refused, match="request-invalid"):
            accept_request(market.platform, job.job, wrong, now=market.now)


def test_request_holds_for_its_own_time_only(market: Market) -> None:
    job = market.planned()
    document = market.request(job)
    for moment, code in (
        (market.now + 5 * DAY, "request-expired"),
        (market.now - 301, "clock-ahead"),
    ):
        with pytest.raises(Refused, match=code):
            accept_request(market.platform, job.job, document, now=moment)
    assert market.jobs.get(job.job) == job


def test_request_of_a_clock_ahead_is_taken_when_its_time_has_come(market: Market) -> None:
    job = market.planned()
    ahead = market.now + 1_200
    document = market.request(job, created_at=ahead)
    with pytest.raises(Refused, match="20 minutes ahead"):
        accept_request(market.platform, job.job, document, now=market.now)
    requested = accept_request(market.platform, job.job, document, now=market.now + 900)
    assert carried(market.jobs, requested, "request") == document


def test_second_request_for_a_job_is_a_conflict(market: Market) -> None:
    job = market.requested()
    document = market.request(job, nonce="f" * 32)
    with pytest.raises(Conflict, match="job-state"):
        accept_request(market.platform, job.job, document, now=market.now)


@pytest.mark.parametrize("signer", ["olga", "agent"])
def test_owner_or_his_agent_approves_once(market: Market, signer: str) -> None:
    job = market.requested()
    document = text(sign(an_approval(market.request_of(job)), by=signer))
    approved = accept_approval(market.platform, market.olga, job.job, document, now=market.now)
    assert approved.state == "approved"
    again = accept_approval(market.platform, market.olga, job.job, document, now=market.now)
    assert again == approved


@pytest.mark.parametrize("signer", ["bob", "platform"])
def test_approval_signed_by_another_is_refused(market: Market, signer: str) -> None:
    job = market.requested()
    document = text(sign(an_approval(market.request_of(job)), by=signer))
    with pytest.raises(Refused, match="approval-invalid"):
        accept_approval(market.platform, market.olga, job.job, document, now=market.now)


@pytest.mark.parametrize("change", [{"job": "job-other"}, {"request_hash": "00" * 32}])
def test_approval_of_another_request_is_refused(market: Market, change: dict[str, Any]) -> None:
    job = market.requested()
    document = text(sign(an_approval(market.request_of(job), **change), by="agent"))
    with pytest.raises(Refused, match="approval-invalid"):
        accept_approval(market.platform, market.olga, job.job, document, now=market.now)


def test_expired_approval_is_refused(market: Market) -> None:
    job = market.requested()
    document = text(sign(an_approval(market.request_of(job), expires_at=market.now), by="agent"))
    with pytest.raises(Refused, match="approval-invalid"):
        accept_approval(market.platform, market.olga, job.job, document, now=market.now)


def test_job_of_anothers_dataset_is_not_found(market: Market) -> None:
    job = market.requested()
    document = text(sign(an_approval(market.request_of(job)), by="agent"))
    with pytest.raises(NotFound, match="no-job"):
        accept_approval(market.platform, market.bob, job.job, document, now=market.now)


def test_refusal_ends_the_job_and_gives_its_rho_back(market: Market) -> None:
    job = market.requested()
    assert reserved(market) > 0
    document = text(sign(a_refusal(market.request_of(job)), by="olga"))
    refused = accept_refusal(market.platform, market.olga, job.job, document, now=market.now)
    assert (refused.state, refused.end.code) == ("refused", "owner-declined")
    assert reserved(market) == 0
    again = accept_refusal(market.platform, market.olga, job.job, document, now=market.now)
    assert again == refused


def test_refusal_signed_by_the_buyer_or_of_another_request_is_refused(market: Market) -> None:
    job = market.requested()
    request = market.request_of(job)
    for document in (
        text(sign(a_refusal(request), by="bob")),
        text(sign(a_refusal(request, request_hash="00" * 32), by="olga")),
        "{}",
    ):
        with pytest.raises(Refused, match="refusal-invalid"):
            accept_refusal(market.platform, market.olga, job.job, document, now=market.now)
    assert market.jobs.get(job.job).state == "requested"


def test_shares_of_sums_are_the_sums_of_the_manifests_constants(market: Market) -> None:
    job = market.evaluated(REGIONS)
    assert job.state == "evaluated"
    manifest = market.catalogue.dataset(job.datasets[0].dataset).manifest.record
    shares = canonical.loads(carried(market.jobs, job, "shares").encode())
    assert len(shares) == 3
    promised = {
        encode_residues(
            sum_residues(decode_table(column.constants, 1, PRODUCTS), PRODUCTS), PRODUCTS
        )
        for column in manifest.columns
    }
    assert {share["residues"] for share in shares} <= promised


def test_evaluation_done_again_changes_nothing(market: Market) -> None:
    job = market.evaluated()
    assert evaluate_job(market.platform, job, now=market.now + 1) == job
    assert market.evaluator.runs == 1


def test_job_without_approval_is_not_evaluated(market: Market) -> None:
    for job in (market.planned(), market.requested(REGIONS)):
        with pytest.raises(Conflict, match="job-state"):
            evaluate_job(market.platform, job, now=market.now)
    assert market.evaluator.runs == 0


def test_state_in_the_database_is_nobodys_approval(market: Market) -> None:
    job = market.requested()
    forged = text(sign(an_approval(market.request_of(job)), by="platform"))
    job = replace(job, state="approved")
    market.jobs.jobs[job.job] = job
    kept = market.jobs.documents(job.job)
    market.jobs.kept[job.job] = kept.joined(Document("approval", forged, job.parties[0]))
    assert evaluate_job(market.platform, job, now=market.now).end.code == "approval-invalid"
    assert market.evaluator.runs == 0


def test_approval_that_expired_before_evaluation_ends_the_job(market: Market) -> None:
    job = market.approved()
    ended = evaluate_job(market.platform, job, now=market.now + 5 * DAY)
    assert (ended.state, ended.end.code) == ("refused", "approval-invalid")
    assert reserved(market) == 0


def test_missing_or_altered_chunk_ends_the_job(market: Market) -> None:
    job = market.approved()
    column = market.catalogue.dataset(job.datasets[0].dataset).manifest.record.column("age")
    market.objects.delete(column.chunks[0].key)
    ended = evaluate_job(market.platform, job, now=market.now)
    assert (ended.state, ended.end.code) == ("refused", "chunk-missing")
    assert reserved(market) == 0


@dataclass
class Ill:
    """An evaluator that something is amiss with."""

    code: str

    def evaluate(self, *_asked: object) -> Shares:
        raise Unavailable(self.code, "Something is amiss.", "Wait.")


def evaluated_by(evaluator: Evaluator, market: Market, job: Job, tries_left: int) -> Job:
    platform = replace(market.platform, evaluator=evaluator)
    return evaluate_job(platform, job, now=market.now, tries_left=tries_left)


def test_what_may_pass_ends_no_job_before_the_last_try(market: Market) -> None:
    job = market.approved()
    held = reserved(market)
    for left in (2, 1):
        with pytest.raises(Unavailable, match="platform-disk-full"):
            evaluated_by(Ill("platform-disk-full"), market, job, left)
        assert market.job(job) == job
    assert [event.step for event in market.jobs.timeline(job.job)][-2:] == ["setback"] * 2
    assert reserved(market) == held > 0
    # Nothing of the failures is left: the next try may go well, or end the job.
    assert evaluated_by(market.evaluator, market, job, 1).state == "evaluated"


def test_last_try_ends_the_job_with_what_stopped_it(market: Market) -> None:
    ended = evaluated_by(Ill("platform-disk-full"), market, market.approved(), 0)
    assert (ended.state, ended.end.code) == ("failed", "platform-disk-full")
    assert reserved(market) == 0


def test_what_took_too_long_is_not_tried_again(market: Market) -> None:
    ended = evaluated_by(Ill("evaluation-timeout"), market, market.approved(), 3)
    assert (ended.state, ended.end.code) == ("failed", "evaluation-timeout")
