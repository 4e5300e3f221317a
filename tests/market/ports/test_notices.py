"""market.ports.notices.Notices, on every implementation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.people import BOB, EVE, settle
from world.ports import Ports

from market.entities.notices import Notice, NoticeAddress
from market.ports.notices import Notices

MAIL = NoticeAddress("bob", "mail", "bob@north.example", "", 100)
HOOK = NoticeAddress("bob", "hook", "https://north.example/hook", "", 100)


@pytest.fixture
def notices(ports: Ports) -> Notices:
    settle(ports.people, BOB, EVE)
    return ports.notices


def a_notice(name: str, *, user: str = "bob", since: int = 50, at: int = 200) -> Notice:
    text = "Job job-1 waits for your signature."
    return Notice(name, user, "mail", "sign", "job-1", since, text, "/jobs/job-1", 200, 0, at)


def names(notices: Notices, *, now: int) -> list[str]:
    return [one.notice for one in notices.due(now=now, limit=10)]


def test_address_takes_the_place_of_the_one_before(notices: Notices) -> None:
    notices.put_address(MAIL)
    notices.put_address(HOOK)
    other = replace(MAIL, address="b@north.example", secret_hash="ab" * 32)
    notices.put_address(other)
    assert notices.addresses("bob") == [HOOK, other]
    assert notices.addresses("eve") == []
    notices.remove_address("bob", "hook")
    notices.remove_address("bob", "hook")
    assert notices.addresses("bob") == [other]


def test_address_is_confirmed_by_its_own_secret_once(notices: Notices) -> None:
    notices.put_address(replace(MAIL, secret_hash="ab" * 32))
    assert notices.told_users("", 10) == []
    assert not notices.confirm("bob", "cd" * 32)
    assert not notices.confirm("eve", "ab" * 32)
    assert not notices.confirm("bob", "")
    assert notices.confirm("bob", "ab" * 32)
    assert not notices.confirm("bob", "ab" * 32)
    assert notices.addresses("bob") == [MAIL]
    assert notices.told_users("", 10) == ["bob"]


def test_users_who_are_told_come_a_page_at_a_time(notices: Notices) -> None:
    for address in (MAIL, HOOK, replace(MAIL, user="eve")):
        notices.put_address(address)
    assert notices.told_users("", 1) == ["bob"]
    assert notices.told_users("bob", 1) == ["eve"]
    assert notices.told_users("eve", 1) == []


def test_what_waits_is_noted_once_and_again_when_it_waits_anew(notices: Notices) -> None:
    notices.put_address(MAIL)
    notices.add([a_notice("aa" * 16)])
    notices.add([a_notice("bb" * 16), a_notice("cc" * 16, since=60)])
    assert names(notices, now=200) == ["aa" * 16, "cc" * 16]
    assert notices.due(now=200, limit=1) == [a_notice("aa" * 16)]
    notices.end(["aa" * 16])
    notices.add([a_notice("dd" * 16)])
    assert names(notices, now=300) == ["cc" * 16]


def test_what_failed_is_due_later(notices: Notices) -> None:
    notices.put_address(MAIL)
    notices.add([a_notice("aa" * 16)])
    notices.try_again(["aa" * 16], at=260)
    assert names(notices, now=259) == []
    (due,) = notices.due(now=260, limit=10)
    assert due == replace(a_notice("aa" * 16), tries=1, next_try_at=260)
    notices.note_failure("bob", "mail", "mail-failed")
    assert notices.addresses("bob") == [replace(MAIL, failure="mail-failed")]


def test_nothing_is_due_at_an_address_that_is_not_confirmed_or_is_gone(notices: Notices) -> None:
    notices.put_address(replace(MAIL, secret_hash="ab" * 32))
    notices.add([a_notice("aa" * 16)])
    assert names(notices, now=300) == []
    notices.put_address(MAIL)
    # What was to be told at the address before is told nobody.
    assert names(notices, now=300) == []
    notices.add([a_notice("bb" * 16)])
    notices.remove_address("bob", "mail")
    assert names(notices, now=300) == []


def test_what_has_ended_long_ago_is_forgotten(notices: Notices) -> None:
    notices.put_address(MAIL)
    notices.add([a_notice("aa" * 16), a_notice("bb" * 16, since=60)])
    notices.end(["aa" * 16])
    notices.forget_before(200)
    notices.add([a_notice("cc" * 16)])
    assert names(notices, now=300) == ["bb" * 16]
    notices.forget_before(201)
    notices.add([a_notice("cc" * 16)])
    assert names(notices, now=300) == ["bb" * 16, "cc" * 16]


def test_whoever_is_removed_is_told_nothing_more(ports: Ports, notices: Notices) -> None:
    notices.put_address(MAIL)
    notices.add([a_notice("aa" * 16)])
    ports.people.remove_user("bob")
    assert notices.addresses("bob") == []
    assert names(notices, now=300) == []
