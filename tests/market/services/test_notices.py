"""People are told of what waits for them, once, at the addresses they confirmed."""

from __future__ import annotations

import re

import pytest
from world.market import Market
from world.people import BOB

from market.entities.notices import NoticeAddress
from market.errors import NotPermitted, Refused, TooMany, Unavailable
from market.records.notice import NoticeRecord
from market.records.signed import open_signed
from market.services.inbox.keep_notices import (
    confirm_mail,
    tell_by_hook,
    tell_by_mail,
    tell_no_more,
)
from market.services.inbox.tell_notices import note_waiting, send_due

URL = "https://market.example.org"
HOOK = "https://north.example/hook"


@pytest.fixture
def market() -> Market:
    market = Market()
    market.publish()
    return market


def tell(market: Market, *, later_seconds: int = 0) -> None:
    now = market.now + later_seconds
    note_waiting(market.platform, "", now=now)
    send_due(market.platform, portal_url=URL, now=now)


def by_mail(market: Market, address: str = "bob@north.example") -> str:
    """Ask for it; the secret in the mail."""
    tell_by_mail(market.platform, BOB, address, portal_url=URL, now=market.now)
    found = re.search(r"secret=([0-9a-f]+)", market.messages.letters[-1].text)
    assert found is not None
    return found[1]


def by_hook(market: Market) -> None:
    tell_by_hook(market.platform, BOB, HOOK, portal_url=URL, allow_private=False, now=market.now)
    market.messages.posted.clear()


def told_hooks(market: Market) -> list[NoticeRecord]:
    signer = market.platform.identity.public.hex
    return [
        open_signed(NoticeRecord, body, signer=signer).record
        for _url, body in market.messages.posted
    ]


def test_a_mail_address_is_used_once_its_reader_confirmed_it(market: Market) -> None:
    job = market.planned()
    secret = by_mail(market)
    tell(market)
    assert len(market.messages.letters) == 1
    confirm_mail(market.platform, BOB, secret)
    tell(market)
    letter = market.messages.letters[1]
    assert letter.to == "bob@north.example"
    assert f"{URL}/jobs/{job.job}" in letter.text
    assert job.job in letter.subject
    tell(market, later_seconds=3_600)
    assert len(market.messages.letters) == 2


def test_the_link_confirms_nobody_elses_address(market: Market) -> None:
    secret = by_mail(market)
    with pytest.raises(NotPermitted, match="confirmation-dead"):
        confirm_mail(market.platform, market.user("eve"), secret)
    with pytest.raises(NotPermitted, match="confirmation-dead"):
        confirm_mail(market.platform, BOB, "")
    confirm_mail(market.platform, BOB, secret)
    with pytest.raises(NotPermitted, match="confirmation-dead"):
        confirm_mail(market.platform, BOB, secret)


def test_nobody_is_sent_many_mails_they_did_not_ask_for(market: Market) -> None:
    by_mail(market)
    with pytest.raises(TooMany, match="too-many-mails") as refused:
        by_mail(market, "victim@elsewhere.example")
    assert refused.value.retry_after_seconds == 60
    assert len(market.messages.letters) == 1


@pytest.mark.parametrize(
    "address", ["", "bob", "bob@", "a@b", "bob@north.example\nBcc: x@y.z", "bob@nörth.example"]
)
def test_what_is_no_mail_address_is_refused(market: Market, address: str) -> None:
    with pytest.raises(Refused, match="mail-malformed"):
        by_mail(market, address)
    assert market.messages.letters == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://north.example/hook",
        "https://user:pw@north.example/",
        "https:///hook",
        "file:///etc/passwd",
        "https://north.example:0/",
        "https://north.example/ x",
        "https://[::1",
        "https://nörth.example/",
    ],
)
def test_what_is_no_webhook_is_refused(market: Market, address: str) -> None:
    with pytest.raises(Refused, match="hook-malformed"):
        tell_by_hook(
            market.platform, BOB, address, portal_url=URL, allow_private=False, now=market.now
        )


def test_a_webhook_gets_signed_documents_once_each(market: Market) -> None:
    by_hook(market)
    job = market.planned()
    tell(market)
    tell(market)
    (record,) = told_hooks(market)
    assert (record.kind, record.subject, record.user) == ("sign", job.job, "bob")
    assert record.url == f"{URL}/jobs/{job.job}"


def test_a_webhook_that_does_not_answer_is_not_kept(market: Market) -> None:
    market.messages.failure = Unavailable("hook-failed", "It answered 500.", "Look.")
    with pytest.raises(Unavailable, match="hook-failed"):
        by_hook(market)
    assert market.platform.notices.addresses("bob") == []


def test_what_failed_is_sent_later_under_the_same_name(market: Market) -> None:
    by_hook(market)
    market.planned()
    market.messages.failure = Unavailable("hook-failed", "It answered 500.", "Look.")
    tell(market)
    (address,) = market.platform.notices.addresses("bob")
    assert address.failure == "hook-failed"
    market.messages.failure = None
    tell(market, later_seconds=30)
    assert market.messages.posted == []
    tell(market, later_seconds=60)
    assert len(told_hooks(market)) == 1
    (address,) = market.platform.notices.addresses("bob")
    assert address == NoticeAddress("bob", "hook", HOOK, "", market.now)


def test_what_is_refused_is_given_up_and_the_person_sees_why(market: Market) -> None:
    by_hook(market)
    market.planned()
    market.messages.failure = Refused("hook-address", "It is inside.", "Give another.")
    tell(market)
    market.messages.failure = None
    tell(market, later_seconds=100_000)
    assert market.messages.posted == []
    (address,) = market.platform.notices.addresses("bob")
    assert address.failure == "hook-address"


def test_after_the_eighth_try_it_is_given_up(market: Market) -> None:
    by_hook(market)
    market.planned()
    market.messages.failure = Unavailable("hook-failed", "It answered 500.", "Look.")
    for hours in range(0, 80, 4):
        tell(market, later_seconds=3_600 * hours)
    market.messages.failure = None
    tell(market, later_seconds=3_600 * 100)
    assert market.messages.posted == []


def test_whoever_wants_no_more_is_told_no_more(market: Market) -> None:
    by_hook(market)
    market.planned()
    tell_no_more(market.platform, BOB, "hook")
    tell(market)
    assert market.messages.posted == []


def test_several_things_are_one_mail(market: Market) -> None:
    confirm_mail(market.platform, BOB, by_mail(market))
    first, second = market.planned(), market.planned()
    tell(market)
    letter = market.messages.letters[-1]
    assert letter.subject == "2 things wait for you (market.example.org)"
    assert first.job in letter.text
    assert second.job in letter.text


def test_what_strangers_typed_breaks_no_mail(market: Market) -> None:
    confirm_mail(market.platform, BOB, by_mail(market))
    market.planned()
    tell(market)
    assert "\n" not in market.messages.letters[-1].subject


def test_a_process_that_ends_sends_no_more(market: Market) -> None:
    by_hook(market)
    market.planned()
    note_waiting(market.platform, "", now=market.now)
    send_due(market.platform, portal_url=URL, now=market.now, is_ending=lambda: True)
    assert told_hooks(market) == []
    send_due(market.platform, portal_url=URL, now=market.now)
    assert len(told_hooks(market)) == 1
