"""Who may hand a result on, to whom, and for how long the platform keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from world.market import Market
from world.people import BEA, a_key, settle
from world.shares_at_the_portal import reader_of, registered, shared_text

from market.client.results.colleagues import signed_reader_key
from market.entities.job import Job
from market.entities.shared_result import SharedWith
from market.errors import Conflict, MarketError, NotFound, NotPermitted, Refused
from market.records.notice import NoticeRecord
from market.records.signed import open_signed
from market.services.inbox.keep_notices import tell_by_hook
from market.services.inbox.read_inbox import mark_done, read_inbox, sort_inbox
from market.services.inbox.read_shared_inbox import NEWEST_SHARED
from market.services.inbox.tell_notices import note_waiting, send_due
from market.services.people.register_reader_key import list_readers, register_reader_key
from market.services.release.share_result import (
    drop_shared,
    list_shared,
    read_shared,
    share_result,
    withdraw_shared,
)


@pytest.fixture
def job(market: Market) -> Job:
    """Bob's, released; bea is a colleague with a reader key."""
    settle(market.people, BEA)
    market.publish()
    registered(market, "bea")
    return market.released()


def share(market: Market, text: str, recipient: str = "bea", by: str = "bob") -> None:
    share_result(market.platform, market.user(by), recipient, text, now=market.now)


def withdraw(market: Market, job: Job, by: str) -> None:
    withdraw_shared(market.platform, market.user(by), job.job, "bea", now=market.now)


def test_colleague_is_handed_what_was_signed_for_them(market: Market, job: Job) -> None:
    text = shared_text(market, job, "bea")
    before = market.platform.ledger.held("job:")
    share(market, text)
    bea = market.user("bea")
    kept = read_shared(market.platform, bea, job.job)
    assert (kept.sharer, kept.document) == ("bob", text)
    assert list_shared(market.platform, bea) == list_shared(market.platform, market.bob) == [kept]
    assert market.platform.ledger.held("job:") == before
    withdraw(market, job, "bob")
    with pytest.raises(NotFound, match=r"shared-withdrawn.*bob"):
        read_shared(market.platform, bea, job.job)
    with pytest.raises(NotFound, match="shared-withdrawn"):
        withdraw(market, job, "bob")
    (line,) = list_shared(market.platform, bea)
    assert (line.document, line.withdrawn_at) == ("", market.now)
    withdraw(market, job, "bea")
    assert list_shared(market.platform, bea) == []
    with pytest.raises(NotFound, match="no-shared-result"):
        read_shared(market.platform, bea, job.job)


def test_recipient_is_told_that_it_came_and_that_it_went(market: Market, job: Job) -> None:
    bea = market.user("bea")
    tell_by_hook(
        market.platform,
        bea,
        "https://north.example/hook",
        portal_url="https://m.example",
        allow_private=False,
        now=market.now,
    )
    market.messages.posted.clear()

    def told() -> list[tuple[str, str]]:
        note_waiting(market.platform, "", now=market.now)
        send_due(market.platform, portal_url="https://m.example", now=market.now)
        bodies = [body for _url, body in market.messages.posted]
        records = [open_signed(NoticeRecord, body).record for body in bodies]
        return [(one.kind, one.subject) for one in records]

    def waiting() -> list[tuple[str, str]]:
        items = read_inbox(market.platform, bea, now=market.now)
        return [(item.kind, item.command) for item in items]

    assert (told(), waiting()) == ([], [])
    share(market, shared_text(market, job, "bea"))
    assert waiting() == [("shared", f"market result open {job.job}")]
    assert told() == told() == [("shared", job.job)]
    market.pass_days(1)
    withdraw(market, job, "bob")
    assert waiting() == [("withdrawn", f"market result withdraw {job.job} --with bea")]
    assert told() == [("shared", job.job), ("withdrawn", job.job)]
    share(market, shared_text(market, job, "bea"))
    assert [kind for kind, _command in waiting()] == ["shared"]
    withdraw(market, job, "bea")
    assert waiting() == []


def test_inbox_holds_the_newest_shared_and_what_is_marked(market: Market, job: Job) -> None:
    bea = market.user("bea")
    kept = market.platform.shared_results
    for number in range(NEWEST_SHARED + 2):
        one = SharedWith(f"job-{number}", "north-lab", "bob", "bea", "text", number)
        kept.share(one, most=100)
    items = read_inbox(market.platform, bea, now=market.now)
    assert [item.subject for item in items] == [f"job-{n}" for n in range(2, NEWEST_SHARED + 2)]
    mark_done(market.platform, bea, items[-1].place, now=market.now)
    inbox = sort_inbox(market.platform, bea, now=market.now)
    assert [item.subject for item in inbox.waiting] == [f"job-{n}" for n in range(1, 21)]
    assert [item.subject for item in inbox.done] == ["job-21"]


def otherwise(market: Market, job: Job) -> dict[str, Callable[[], None]]:
    """What is refused, by its code and a word."""

    def bob(**header: str) -> Callable[[], None]:
        return lambda: share(market, shared_text(market, job, "bea", **header))

    return {
        "shared-invalid.*recipient": bob(recipient=a_key("hugo").public.hex),
        "shared-invalid.*reader key": bob(reader_key="0d" * 32),
        "shared-invalid.*request": bob(request_hash="0d" * 32),
        "shared-invalid.*sharer": bob(sharer=a_key("hugo").public.hex),
        "shared-invalid.*signed by": lambda: share(
            market, shared_text(market, job, "bob", by="bea"), "bea"
        ),
        "shared-invalid.*JSON": lambda: share(market, "{"),
        "no-job": bob(job="job-nobody"),
        "not-your-result.*bea": lambda: share(
            market, shared_text(market, job, "bob", by="bea"), "bob", by="bea"
        ),
        "no-colleague.*'bob'": lambda: share(market, shared_text(market, job, "bea"), "bob"),
    }


def test_whatever_does_not_fit_is_refused_and_nothing_kept(market: Market, job: Job) -> None:
    registered(market, "bob")
    for code, act in otherwise(market, job).items():
        with pytest.raises(MarketError, match=code):
            act()
    assert market.platform.shared_results.of_organisation("north-lab") == []


def test_nothing_is_shared_before_it_is_released(market: Market, job: Job) -> None:
    del job
    waiting = market.requested()
    with pytest.raises(Conflict, match="not-released"):
        share(market, shared_text(market, waiting, "bea"))
    planned = market.planned()
    with pytest.raises(NotPermitted, match="not-your-result"):
        share(market, shared_text(market, replace(planned, request_hash="0a" * 32), "bea"))


def test_nobody_is_sealed_to_who_has_no_key_or_is_kept_out(market: Market, job: Job) -> None:
    settle(market.people, replace(BEA, user="ben", identity_key=a_key("ben").public.hex))
    with pytest.raises(Conflict, match=r"reader-key-missing.*ben"):
        share(market, shared_text(market, job, "ben"), "ben")
    market.people.set_active("bea", False)
    assert list_readers(market.platform, market.bob) == []
    with pytest.raises(NotFound, match="no-colleague"):
        share(market, shared_text(market, job, "bea"))


def test_shared_result_is_forgotten_in_its_time(market: Market, job: Job) -> None:
    share(market, shared_text(market, job, "bea"))
    market.pass_days(90)
    drop_shared(market.platform, now=market.now)
    assert len(list_shared(market.platform, market.bob)) == 1
    market.pass_days(1)
    drop_shared(market.platform, now=market.now)
    assert list_shared(market.platform, market.bob) == []


def test_only_the_two_take_it_back(market: Market, job: Job) -> None:
    share(market, shared_text(market, job, "bea"))
    for name in ("eve", "olga", "ada"):
        with pytest.raises(NotFound, match="no-shared-result"):
            withdraw(market, job, name)
    withdraw(market, job, "bea")


def test_reader_key_is_signed_by_whose_it_is(market: Market, job: Job) -> None:
    del job
    bea, reader = market.user("bea"), reader_of("bea")
    for text in (
        signed_reader_key(a_key("bob"), reader, "bea", now=market.now),
        signed_reader_key(a_key("bea"), reader, "bob", now=market.now),
        "{}",
    ):
        with pytest.raises(Refused, match="reader-key-invalid"):
            register_reader_key(market.platform, bea, text)
    (before,) = list_readers(market.platform, market.bob)
    market.pass_days(1)
    registered(market, "bea")
    assert list_readers(market.platform, market.bob) == [before]
    another = signed_reader_key(a_key("bea"), reader_of("anew"), "bea", now=market.now)
    register_reader_key(market.platform, bea, another)
    assert [one.document for one in list_readers(market.platform, market.bob)] == [another]
