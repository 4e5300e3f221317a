"""The removal of people by market.ports.people.People, on every implementation."""

from __future__ import annotations

import pytest
from world.people import a_key, fingerprint

from market.entities.people import Organisation, Role, User
from market.errors import Conflict, NotFound
from market.ports.people import People

NOW = 1_800_000_000
HOUR = 3_600
PASSWORD = "four unrelated words"


def with_user(people: People, name: str = "ada", roles: tuple[Role, ...] = ("buyer",)) -> User:
    people.add_organisation(Organisation("north-lab", "The northern laboratory"))
    key = a_key(name).public.hex
    people.add_user(User(name, "north-lab", name.title(), roles, key, True), PASSWORD)
    return people.user(name)


def test_removed_person_is_a_number_under_their_id_and_key(people: People) -> None:
    for name in ("ada", "abel"):
        with_user(people, name)
    removed = [people.remove_user(name) for name in ("ada", "abel")]
    assert removed == [people.user(name) for name in ("ada", "abel")]
    assert [one.name for one in removed] == ["Former member #1", "Former member #2"]
    ada = people.user("ada")
    assert (ada.roles, ada.is_active, ada.former_number) == ((), False, 1)
    assert people.by_identity_fingerprint(fingerprint("ada")) == ada


def test_whatever_let_them_in_ends(people: People) -> None:
    with_user(people)
    session = people.open_session("ada", now=NOW)
    token = people.issue_token("ada", ("agent",), "site", now=NOW, lifetime_seconds=HOUR)
    link = people.make_link("ada", now=NOW, lifetime_seconds=HOUR)
    people.remove_user("ada")
    assert people.session_user(session, now=NOW) is None
    assert people.token_user(token, now=NOW) is None
    assert people.agents_seen() == []
    assert not people.use_link(link, "quite other words", now=NOW)
    for password in (PASSWORD, ""):
        assert people.check_password("ada", password, now=NOW) is None


def test_nobody_brings_them_back_or_takes_their_id(people: People) -> None:
    with_user(people)
    people.remove_user("ada")
    for act in (
        lambda: people.set_active("ada", True),
        lambda: people.set_password("ada", PASSWORD),
        lambda: people.set_roles("ada", ("buyer",)),
        lambda: people.make_link("ada", now=NOW, lifetime_seconds=HOUR),
        lambda: people.remove_user("ada"),
    ):
        with pytest.raises(Conflict, match="user-removed"):
            act()
    with pytest.raises(Conflict, match="user-exists"):
        with_user(people)
    assert people.user("ada").former_number == 1


def test_last_active_administrator_is_not_removed(people: People) -> None:
    with_user(people, roles=("administrator",))
    with_user(people, "abel", ("administrator",))
    people.set_active("abel", False)
    with pytest.raises(Conflict, match="last-administrator"):
        people.remove_user("ada")
    people.set_active("abel", True)
    people.remove_user("ada")
    with pytest.raises(Conflict, match="last-administrator"):
        people.remove_user("abel")
    with pytest.raises(NotFound, match="no-user"):
        people.remove_user("eve")
