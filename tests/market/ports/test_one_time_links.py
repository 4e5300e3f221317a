"""The one-time links of market.ports.people.People, on every implementation."""

from __future__ import annotations

import pytest

from market.entities.people import OneTimeLink, Organisation, Role, User
from market.errors import Conflict, NotFound, Refused
from market.ports.people import People

NOW = 1_800_000_000
HOUR = 3_600
PASSWORD = "four unrelated words"
CHOSEN = "quite other words"


def with_user(people: People, name: str = "ada", roles: tuple[Role, ...] = ("buyer",)) -> None:
    people.add_organisation(Organisation("north-lab", "The northern laboratory"))
    people.add_user(User(name, "north-lab", name.title(), roles, "", True), PASSWORD)


def link_of(people: People, user: str | None) -> str:
    return people.make_link(user, now=NOW, lifetime_seconds=HOUR)


def test_setup_link_works_once_and_in_time(people: People) -> None:
    link = link_of(people, None)
    assert people.find_link(link, now=NOW) == OneTimeLink(None)
    assert not people.use_setup_link(link + "x", now=NOW)
    assert not people.use_setup_link(link, now=NOW + HOUR)
    assert people.use_setup_link(link, now=NOW + HOUR - 1)
    assert not people.use_setup_link(link, now=NOW)
    assert people.find_link(link, now=NOW) is None


def test_setup_link_is_worthless_once_there_is_an_administrator(people: People) -> None:
    link = link_of(people, None)
    with_user(people, roles=("administrator",))
    assert people.find_link(link, now=NOW) is None
    assert not people.use_setup_link(link, now=NOW)
    with pytest.raises(Conflict, match="administrator-exists"):
        link_of(people, None)


@pytest.mark.parametrize("user", [None, "ada"])
def test_newer_link_replaces_the_older_of_the_same_person_alone(
    people: People, user: str | None
) -> None:
    with_user(people)
    with_user(people, "abel")
    others = link_of(people, "abel")
    older, newer = link_of(people, user), link_of(people, user)
    assert people.find_link(older, now=NOW) is None
    assert people.find_link(newer, now=NOW) == OneTimeLink(user)
    assert people.find_link(others, now=NOW) == OneTimeLink("abel")


def test_link_sets_a_password_once_and_in_time(people: People) -> None:
    with_user(people)
    link = link_of(people, "ada")
    assert not people.use_link(link + "x", CHOSEN, now=NOW)
    assert not people.use_link(link, CHOSEN, now=NOW + HOUR)
    assert people.check_password("ada", PASSWORD, now=NOW) is not None
    assert people.use_link(link, CHOSEN, now=NOW + HOUR - 1)
    assert not people.use_link(link, PASSWORD, now=NOW)
    assert people.check_password("ada", PASSWORD, now=NOW) is None
    assert people.check_password("ada", CHOSEN, now=NOW) is not None


def test_used_link_ends_what_the_old_password_opened_and_no_earlier(people: People) -> None:
    with_user(people)
    session = people.open_session("ada", now=NOW)
    token = people.issue_token("ada", ("client",), "", now=NOW, lifetime_seconds=HOUR)
    link = link_of(people, "ada")
    assert people.session_user(session, now=NOW) is not None
    assert people.use_link(link, CHOSEN, now=NOW)
    assert people.session_user(session, now=NOW) is None
    assert people.token_user(token, now=NOW) is None


def test_who_was_shut_out_by_failed_attempts_comes_in_by_a_link(people: People) -> None:
    with_user(people)
    for _ in range(5):
        people.check_password("ada", "wrong words here", now=NOW)
    assert people.use_link(link_of(people, "ada"), CHOSEN, now=NOW)
    assert people.check_password("ada", CHOSEN, now=NOW) is not None


def test_weak_password_is_refused_and_leaves_the_link_live(people: People) -> None:
    with_user(people)
    link = link_of(people, "ada")
    with pytest.raises(Refused, match="weak-password"):
        people.use_link(link, "short", now=NOW)
    assert people.use_link(link, CHOSEN, now=NOW)


def test_neither_kind_of_link_does_what_the_other_does(people: People) -> None:
    first = link_of(people, None)
    with_user(people)
    link = link_of(people, "ada")
    assert not people.use_link(first, CHOSEN, now=NOW)
    assert not people.use_setup_link(link, now=NOW)
    assert people.find_link(link, now=NOW) == OneTimeLink("ada")
    assert people.find_link(first, now=NOW) == OneTimeLink(None)


def test_link_ends_with_a_new_password_and_with_being_kept_out(people: People) -> None:
    with_user(people)
    link = link_of(people, "ada")
    people.set_password("ada", CHOSEN)
    assert not people.use_link(link, PASSWORD, now=NOW)
    link = link_of(people, "ada")
    people.set_active("ada", False)
    people.set_active("ada", True)
    assert not people.use_link(link, PASSWORD, now=NOW)


def test_no_link_is_made_for_nobody_nor_for_who_is_kept_out(people: People) -> None:
    with_user(people)
    people.set_active("ada", False)
    with pytest.raises(Conflict, match="user-kept-out"):
        link_of(people, "ada")
    with pytest.raises(NotFound, match="no-user"):
        link_of(people, "eve")


def test_open_links_are_known_by_whom_they_let_in(people: People) -> None:
    people.add_organisation(Organisation("north-lab", "The northern laboratory"))
    for name in ("ada", "bea"):
        user = User(name, "north-lab", name.title(), ("buyer",), "", is_active=True)
        people.add_user(user, "four unrelated words")
    assert people.open_links(now=NOW) == {}
    people.make_link("ada", now=NOW, lifetime_seconds=60)
    people.make_link("bea", now=NOW, lifetime_seconds=30)
    assert people.open_links(now=NOW + 29) == {"ada": NOW + 60, "bea": NOW + 30}
    assert people.open_links(now=NOW + 30) == {"ada": NOW + 60}
    people.set_active("ada", False)
    assert people.open_links(now=NOW) == {"bea": NOW + 30}
