"""A job of two datasets whose owners have an agent each: it moves on when both have spoken.

No such job is let in today (market.policy.one_of_each), so it is written into the store.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.builders import DAY, a_listing, a_manifest, sign, text
from world.job_builders import a_refusal, an_approval
from world.market import Market
from world.people import a_key

from market.entities.documents import Document, Documents
from market.entities.job import AskedDataset, Job
from market.entities.people import User
from market.errors import Conflict, NotFound
from market.records.receipt import receipted
from market.records.signed import record_hash
from market.services.accept_approval import accept_approval, accept_refusal
from market.services.accept_release import accept_release
from market.services.evaluate_job import evaluate_job
from market.services.read_job import read_job

SECOND = "second-data"
OLGAS, OSCARS = a_key("agent").public.hex, a_key("other agent").public.hex


@pytest.fixture
def market() -> Market:
    """With a second owner's dataset, which another agent answers for."""
    made = Market()
    made.publish()
    made.second_owner()
    made.appoint("oscar", agent="other agent")
    manifest = a_manifest(dataset=SECOND, agent=OSCARS, lineages=("99" * 16,))
    made.catalogue.publish(
        sign(a_listing(manifest), by="oscar"),
        sign(manifest, by="oscar"),
        owner="oscar",
        organisation="clinic",
        caps={},
        now=made.now,
    )
    return made


def of_both(market: Market, job: Job) -> Job:
    both = replace(job, datasets=(*job.datasets, AskedDataset(SECOND, 1)), parties=(OLGAS, OSCARS))
    market.jobs.jobs[job.job] = both
    return both


def oscar(market: Market) -> User:
    return market.people.user("oscar")


def approval_of(market: Market, job: Job, party: str, days: float = 5) -> str:
    dataset = market.catalogue.dataset(SECOND if party == OSCARS else job.datasets[0].dataset)
    word = an_approval(
        market.request_of(job),
        party=party,
        manifest_hashes=(dataset.listing.record.manifest_hash,),
        created_at=market.now,
        expires_at=market.now + int(days * DAY),
    )
    return text(sign(word, by="other agent" if party == OSCARS else "agent"))


def release_of(market: Market, job: Job, party: str) -> tuple[str, str]:
    """Envelope and receipt of either party; one that costs no budget."""
    of_one = replace(job, datasets=job.datasets[:1])
    envelope, receipt = market.release_of(of_one, charge=0)
    hashes = tuple(
        market.catalogue.dataset(asked.dataset).listing.record.manifest_hash
        for asked in job.datasets
    )
    key = "agent"
    header = replace(envelope.header, manifest_hashes=hashes)
    if party == OSCARS:
        key = "other agent"
        header = replace(header, agent=OSCARS)
        manifest = market.catalogue.dataset(SECOND).manifest.record
        sequence, previous = market.receipts.head(OSCARS)
        receipt = replace(
            receipt,
            sequence=sequence + 1,
            previous=previous,
            datasets=(receipted(manifest, record_hash(manifest)),),
        )
    envelope = replace(envelope, header=header)
    receipt = replace(receipt, envelope_hash=record_hash(envelope))
    return text(sign(envelope, by=key)), text(sign(receipt, by=key))


def approve(market: Market, job: Job, user: User, approval: str) -> Job:
    return accept_approval(market.platform, user, job.job, approval, now=market.now)


def test_job_is_approved_when_every_party_has_approved(market: Market) -> None:
    job = of_both(market, market.requested())
    first = approve(market, job, market.olga, approval_of(market, job, OLGAS, days=3))
    # Not longer than what it has already holds.
    assert (first.state, first.deadline) == ("requested", market.now + 3 * DAY)
    assert approve(market, job, market.olga, approval_of(market, job, OLGAS, days=3)) == first
    assert market.jobs.answers_owed() == []
    with pytest.raises(Conflict, match="job-state"):
        evaluate_job(market.platform, first, now=market.now)
    both = approve(market, job, oscar(market), approval_of(market, job, OSCARS))
    assert (both.state, both.deadline) == ("approved", market.now + 3 * DAY)
    assert [owed.answer.go_on for owed in market.jobs.answers_owed()] == [True]
    steps = [event.step for event in market.jobs.timeline(job.job)]
    assert steps[-2:] == ["approval", "approved"]
    assert market.jobs.documents(job.job).has_all("approval", job.parties)


def test_a_party_approves_once(market: Market) -> None:
    job = of_both(market, market.requested())
    approve(market, job, market.olga, approval_of(market, job, OLGAS, days=3))
    with pytest.raises(Conflict, match="document-differs"):
        approve(market, job, market.olga, approval_of(market, job, OLGAS, days=4))
    assert market.jobs.get(job.job).state == "requested"


def test_approvals_that_come_at_once_leave_no_job_behind(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = of_both(market, market.requested())
    read = market.jobs.documents
    before = read(job.job)
    approve(market, job, market.olga, approval_of(market, job, OLGAS))
    # As if both had been read before either was kept.
    stale = iter([before])
    monkeypatch.setattr(market.jobs, "documents", lambda name: next(stale, None) or read(name))
    assert approve(market, job, oscar(market), approval_of(market, job, OSCARS)).state == "approved"


def test_crash_before_the_last_step_is_mended_by_the_same_approval(market: Market) -> None:
    job = of_both(market, market.requested())
    approvals = {party: approval_of(market, job, party) for party in job.parties}
    kept = [Document("approval", approvals[party], party) for party in job.parties]
    market.jobs.kept[job.job] = market.jobs.documents(job.job).joined(*kept)
    assert approve(market, job, oscar(market), approvals[OSCARS]).state == "approved"


def test_one_partys_refusal_ends_the_job(market: Market) -> None:
    job = of_both(market, market.requested())
    approve(market, job, market.olga, approval_of(market, job, OLGAS))
    dataset = market.catalogue.dataset(SECOND)
    refusal = a_refusal(
        market.request_of(job),
        party=OSCARS,
        manifest_hashes=(dataset.listing.record.manifest_hash,),
    )
    signed = text(sign(refusal, by="other agent"))
    ended = accept_refusal(market.platform, oscar(market), job.job, signed, now=market.now)
    assert ended.state == "refused"
    assert accept_refusal(
        market.platform, oscar(market), job.job, signed, now=market.now
    ) == market.jobs.get(job.job)


def test_job_is_released_when_every_party_has_released(market: Market) -> None:
    job = of_both(market, market.evaluated())
    for user, party, state in (
        (market.olga, OLGAS, "evaluated"),
        (oscar(market), OSCARS, "released"),
    ):
        release = release_of(market, job, party)
        for _ in range(2):
            done = accept_release(market.platform, user, job.job, *release, now=market.now)
            assert done.state == state
    kept: Documents = market.jobs.documents(job.job)
    assert set(kept.by_party("envelope")) == set(kept.by_party("receipt")) == {OLGAS, OSCARS}
    steps = [event.step for event in market.jobs.timeline(job.job)]
    assert steps[-2:] == ["release", "released"]


def test_both_owners_see_the_job_and_nobody_else(market: Market) -> None:
    job = of_both(market, market.requested())
    for user in (market.olga, oscar(market), market.bob):
        assert read_job(market.platform, user, job.job).job == job
    with pytest.raises(NotFound, match="no-job"):
        read_job(market.platform, market.eve, job.job)
