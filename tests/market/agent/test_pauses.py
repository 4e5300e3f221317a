"""A job that waits costs a look, until something changes that may change its answer."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from world.declarations import COUNT, MEAN, plan_of
from world.live_market import LiveMarket, forge, live_market, now

from market.adapters.private_files import write_private
from market.agent import answer
from market.agent.agent import Agent
from market.agent.loop import collect, send
from market.agent.pauses import Pauses, Revision, retry_seconds
from market.client.http.api import PortalClient
from market.database.ledger import sql_ledger as ledger
from market.entities.job import AskedDataset, Job
from market.judgement.question import Work
from market.plan.expression import Column
from market.plan.statistics import Covariance
from market.policy.budget.accounts import people_accounts
from market.records.approval import Refusal
from market.records.grant import Grant, Revocation
from market.records.request import Request
from market.records.signed import open_signed, sign_record
from market.records.standing import Standing, StandingWord
from market.vault.grants import keep_grant, keep_revocation
from market.vault.holdings import read_holding
from market.vault.layout import version_path
from market.vault.standings import keep_standing
from market.vault.store.opening import open_store
from market.vault.store.replies import find_replies

VISITS = (AskedDataset("visits", 1),)
WORK = Work("job-0123456789ab", VISITS, VISITS, "requested", "{}", "{}", None)
SEEN = Revision(((("listing.json", 1, 2, 3),),), 4)


@dataclass
class Waiting:
    """An agent with one job that its owner has to decide, and how often it was judged."""

    market: LiveMarket
    agent: Agent
    job: Job
    judged: list[str]

    def poll(self, at: int | None = None) -> None:
        collect(self.agent, now=now() if at is None else at)

    def outcome(self) -> str:
        """The reply's kind, with the code the buyer reads."""
        (reply,) = find_replies(self.market.store, self.job.job).values()
        if reply.kind == "refusal":
            return f"refusal {open_signed(Refusal, reply.document.encode()).record.code}"
        return reply.kind


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[LiveMarket]:
    with live_market(tmp_path) as market:
        yield market


@pytest.fixture
def waiting(bare: LiveMarket, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    bare.publish(approval="manual")
    give(bare, rho_units=10**12)
    made = Waiting(bare, bare.agent(), bare.requested(COUNT), [])
    judge = answer.read_question

    def counted(*arguments: Any) -> Any:
        made.judged.append(arguments[0].job)
        return judge(*arguments)

    monkeypatch.setattr(answer, "read_question", counted)
    for _poll in range(3):
        made.poll()
    assert made.judged == [made.job.job]
    assert find_replies(bare.store, made.job.job) == {}
    return made


def give(market: LiveMarket, *, rho_units: int, lasts_seconds: int = 7_200) -> Grant:
    """A grant to bob that the portal has not heard of yet."""
    grant = Grant(
        grant=secrets.token_hex(16),
        dataset="visits",
        lineages=read_holding(market.home, "visits", 1).manifest.record.lineages,
        buyer=market.keys["bob"].public.fingerprint(),
        rho_units=rho_units,
        terms_digest="0" * 64,
        issued_at=now() + len(list(market.home.datasets_path.glob("visits/grants/*"))),
        expires_at=now() + lasts_seconds,
    )
    keep_grant(market.home, sign_record(market.keys["olga"], grant))
    return grant


def say(market: LiveMarket, state: StandingWord, served: tuple[int, ...] = ()) -> None:
    """The owner's word, which the portal has not heard of yet."""
    keep_standing(
        market.home, sign_record(market.keys["olga"], Standing("visits", 1, state, served, now()))
    )


def pause(waiting: Waiting) -> None:
    say(waiting.market, "paused")


def give_less(waiting: Waiting) -> None:
    give(waiting.market, rho_units=1)


def close_and_revoke(waiting: Waiting) -> None:
    """Access by grant only, and the grant taken back."""
    publish_policy(waiting, access="request")
    (grant,) = read_holding(waiting.market.home, "visits", 1).grants
    revocation = Revocation(grant.grant, "visits", now())
    keep_revocation(waiting.market.home, sign_record(waiting.market.keys["olga"], revocation))


def leave_it_to_the_agent(waiting: Waiting) -> None:
    publish_policy(waiting, approval="automatic")


def sell_no_counts(waiting: Waiting) -> None:
    publish_policy(waiting, statistics=("mean",))


def publish_policy(waiting: Waiting, **changes: Any) -> None:
    """A second version under another policy, the first still served."""
    market = waiting.market
    listing = read_holding(market.home, "visits", 1).listing.record
    changed = replace(listing, version=2, policy=replace(listing.policy, **changes))
    path = version_path(market.home, "visits", 2)
    write_private(path / "listing.json", sign_record(market.keys["olga"], changed).encode())
    write_private(path / "published", b"")
    say(market, "listed", (1,))


def leave_nothing(waiting: Waiting) -> None:
    """Another process of the owner's works on the same store."""
    store = open_store(waiting.market.home.database_path)
    manifest = read_holding(waiting.market.home, "visits", 1).manifest.record
    with store.database.transaction() as connection:
        for account in people_accounts(manifest):
            ledger.open_account(connection, account, 0)
    store.close()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (pause, "refusal dataset-paused"),
        (give_less, "refusal over-budget"),
        (close_and_revoke, "refusal no-grant"),
        (leave_it_to_the_agent, "approval"),
        (sell_no_counts, "refusal statistic-not-allowed"),
        (leave_nothing, "refusal over-budget"),
    ],
)
def test_change_is_seen_at_the_next_poll(
    waiting: Waiting, change: Callable[[Waiting], None], expected: str
) -> None:
    change(waiting)
    waiting.poll()
    assert waiting.outcome() == expected


def test_ends_of_request_and_grant_are_seen_at_the_next_poll(waiting: Waiting) -> None:
    request = waiting.market.document(waiting.job, "request")
    request_ends = open_signed(Request, request.encode()).record.expires_at
    waiting.poll(request_ends - 20_000)
    # A grant's end is a look, and no more: the policy is open.
    assert waiting.judged == [waiting.job.job] * 2
    waiting.poll(request_ends - 10_000)
    assert waiting.judged == [waiting.job.job] * 2
    waiting.poll(request_ends)
    assert waiting.outcome() == "refusal request-expired"


def test_clock_that_was_put_back_is_no_reason_to_wait(waiting: Waiting) -> None:
    waiting.poll(now() - 100)
    assert waiting.judged == [waiting.job.job] * 2


def test_job_that_comes_beside_it_is_judged_alone(waiting: Waiting) -> None:
    other = waiting.market.requested(MEAN)
    for _poll in range(2):
        waiting.poll()
    assert waiting.judged == [waiting.job.job, other.job]


def test_ledger_that_still_allows_it_leaves_it_to_the_owner(waiting: Waiting) -> None:
    with waiting.market.store.database.transaction() as connection:
        ledger.open_account(connection, "lineage/of-others", 1)
    for _poll in range(2):
        waiting.poll()
    assert waiting.judged == [waiting.job.job] * 2
    assert find_replies(waiting.market.store, waiting.job.job) == {}


def test_documents_that_do_not_verify_are_read_again_only_when_they_change(
    waiting: Waiting,
) -> None:
    market, job = waiting.market, waiting.job
    plan = market.document(job, "plan")
    forge(market, job, plan=plan.replace("people", "person"))
    with capture_logs() as lines:
        for _poll in range(3):
            waiting.poll()
    told = [line["code"] for line in lines if line["event"] == "not now"]
    assert told == ["documents-distrusted"]
    assert waiting.judged == [job.job] * 2
    forge(market, job, plan=plan)
    waiting.poll()
    assert waiting.judged == [job.job] * 3


class Counting(PortalClient):
    """The real client, and how often it was asked for a chunk."""

    fetched: list[str]

    def download(self, key: str, *, limit_bytes: int) -> bytes:
        self.fetched.append(key)
        return super().download(key, limit_bytes=limit_bytes)


def test_altered_chunk_is_told_once_and_fetched_again_on_a_schedule(bare: LiveMarket) -> None:
    bare.publish()
    job = bare.evaluated(plan_of(Covariance(Column("visits"), Column("insured"))))
    manifest = bare.platform.catalogue.dataset("visits").manifest.record
    (chunk,) = manifest.column("insured").chunks
    stored = bare.root / "platform" / "objects" / "objects" / f"{chunk.key}~"
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-1])
    portal = Counting(bare.url, bare.home.settings().token)
    portal.fetched = []
    agent = replace(bare.agent(), portal=portal)
    begin, tried = now(), []
    with capture_logs() as lines:
        for at in range(begin, begin + 100):
            before = len(portal.fetched)
            collect(agent, now=at)
            if len(portal.fetched) > before:
                tried.append(at - begin)
    assert tried == [0, 4, 12, 28, 60]
    told = [line["code"] for line in lines if line["event"] == "not now"]
    assert told == ["chunk-altered"]
    stored.write_bytes(whole)
    send(agent, collect(agent, now=begin + 100))
    assert bare.job(job).state == "evaluated"
    send(agent, collect(agent, now=begin + 124))
    portal.close()
    assert bare.job(job).state == "released"


def test_owners_word_ends_the_schedule(bare: LiveMarket) -> None:
    bare.publish()
    job = bare.evaluated(plan_of(Covariance(Column("visits"), Column("insured"))))
    manifest = bare.platform.catalogue.dataset("visits").manifest.record
    for chunk in manifest.column("insured").chunks:
        (bare.root / "platform" / "objects" / "objects" / f"{chunk.key}~").unlink()
    agent, begin = bare.agent(), now()
    collect(agent, now=begin)
    say(bare, "paused")
    send(agent, collect(agent, now=begin + 1))
    ended = bare.job(job)
    assert (ended.state, ended.end.code) == ("refused", "dataset-paused")


@given(st.integers(min_value=1, max_value=10_000))
def test_each_wait_doubles_up_to_ten_minutes(failures: int) -> None:
    assert retry_seconds(failures) == min(4 * 2 ** (failures - 1), 600)


@given(failures=st.integers(1, 12), passed_seconds=st.integers(0, 700))
def test_failed_job_is_passed_over_for_as_long_as_its_schedule_says(
    failures: int, passed_seconds: int
) -> None:
    pauses, at = Pauses(), 1_000
    for _failure in range(failures):
        pauses.try_later(WORK, SEEN, now=at)
    other_ledger = replace(SEEN, ledger=5)
    is_over = passed_seconds >= retry_seconds(failures)
    assert pauses.cover(WORK, other_ledger, now=at + passed_seconds) != is_over
    assert not pauses.cover(WORK, replace(SEEN, holdings=()), now=at)
    assert not pauses.cover(replace(WORK, state="evaluated"), SEEN, now=at)


def test_line_that_is_listed_no_more_is_forgotten() -> None:
    pauses = Pauses()
    other = replace(WORK, job="job-ba9876543210")
    for work in (WORK, other):
        pauses.distrust(work, SEEN, now=0)
    pauses.keep({other})
    assert not pauses.cover(WORK, SEEN, now=0)
    assert pauses.cover(other, SEEN, now=10**9)
