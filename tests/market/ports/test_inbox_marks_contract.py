"""market.ports.inbox_marks.InboxMarks, on every implementation."""

from __future__ import annotations

import pytest
from world.people import BOB, EVE, settle
from world.ports import Ports

from market.entities.inbox import InboxMark, InboxPlace
from market.ports.inbox_marks import InboxMarks

SIGN = InboxPlace(50, "sign", "job-1")
OPEN = InboxPlace(60, "open", "job-1")


@pytest.fixture
def marks(ports: Ports) -> InboxMarks:
    settle(ports.people, BOB, EVE)
    return ports.inbox_marks


def test_mark_is_its_users_own_and_kept_once(marks: InboxMarks) -> None:
    marks.put(InboxMark("bob", SIGN, 100), most=10)
    marks.put(InboxMark("bob", SIGN, 120), most=10)
    marks.put(InboxMark("bob", OPEN, 110), most=10)
    assert marks.of_user("bob") == [InboxMark("bob", OPEN, 110), InboxMark("bob", SIGN, 100)]
    assert marks.of_user("eve") == []


def test_mark_is_taken_back_at_its_own_place_alone(marks: InboxMarks) -> None:
    marks.put(InboxMark("bob", SIGN, 100), most=10)
    marks.put(InboxMark("eve", SIGN, 100), most=10)
    marks.remove("bob", InboxPlace(51, "sign", "job-1"))
    marks.remove("bob", OPEN)
    assert len(marks.of_user("bob")) == 1
    marks.remove("bob", SIGN)
    marks.remove("bob", SIGN)
    assert marks.of_user("bob") == []
    assert len(marks.of_user("eve")) == 1


def test_of_too_many_marks_the_oldest_are_dropped(marks: InboxMarks) -> None:
    marks.put(InboxMark("eve", SIGN, 1), most=2)
    for number in range(4):
        place = InboxPlace(50, "sign", f"job-{number}")
        marks.put(InboxMark("bob", place, 100 + number), most=2)
    assert [mark.place.about for mark in marks.of_user("bob")] == ["job-3", "job-2"]
    assert len(marks.of_user("eve")) == 1


def test_marks_of_who_is_removed_are_gone(ports: Ports, marks: InboxMarks) -> None:
    marks.put(InboxMark("bob", SIGN, 100), most=10)
    marks.put(InboxMark("eve", SIGN, 100), most=10)
    ports.people.remove_user("bob")
    assert marks.of_user("bob") == []
    assert len(marks.of_user("eve")) == 1
