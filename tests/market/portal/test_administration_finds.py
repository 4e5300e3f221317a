"""An administrator finds people by words and by the page, sees open links, and reads who did what
by names."""

from __future__ import annotations

import re

import pytest
from world.people import PASSWORD
from world.portal_market import PortalMarket

from market.entities.people import User
from market.errors import NotPermitted
from market.services.people.find_people import PAGE_USERS, PeopleWanted, find_people, person_called

PAGE = "/administration"


def shown(text: str) -> list[str]:
    return re.findall(r"</bdi></strong> <code>([^<]+)</code>", text)


def test_people_are_found_by_words_organisation_and_standing(market: PortalMarket) -> None:
    ada = market.browser("ada")
    assert shown(ada.get(f"{PAGE}?words=BUYER+bob").text) == ["bob"]
    assert shown(ada.get(f"{PAGE}?organisation=rival-lab").text) == ["eve"]
    assert "Nobody is like that." in ada.get(f"{PAGE}?words=xylophone").text
    ada.post(f"{PAGE}/users/bob/active", page=PAGE, is_active="no")
    assert shown(ada.get(f"{PAGE}?standing=kept-out").text) == ["bob"]
    assert "bob" not in shown(ada.get(f"{PAGE}?standing=active").text)
    ada.post(f"{PAGE}/users/bob/remove", page=PAGE)
    assert shown(ada.get(f"{PAGE}?standing=removed").text) == ["bob"]
    assert ada.get(f"{PAGE}?standing=other").status_code == 422


def test_people_come_by_the_page_and_keep_the_filter(market: PortalMarket) -> None:
    for number in range(PAGE_USERS + 3):
        name = f"member-{number:03d}"
        user = User(name, "north-lab", f"Member {number}", ("buyer",), "", is_active=True)
        market.people.add_user(user, PASSWORD)
    ada = market.browser("ada")
    first = ada.get(f"{PAGE}?words=member").text
    assert len(shown(first)) == PAGE_USERS
    (further,) = re.findall(r'href="(/administration\?words=member&amp;after=[^"]+)"', first)
    second = ada.get(further.replace("&amp;", "&")).text
    assert shown(second) == [f"member-{number:03d}" for number in range(PAGE_USERS, PAGE_USERS + 3)]
    assert "after=" not in second


def test_an_open_password_link_is_seen_until_it_is_used(market: PortalMarket) -> None:
    ada = market.browser("ada")
    assert "a password link is open" not in ada.get(PAGE).text
    made = ada.post(f"{PAGE}/users/bob/link", page=PAGE)
    (link,) = re.findall(r"http[^<\"]+(/password/[A-Za-z0-9_-]+)", made.text)[:1]
    assert "a password link is open until" in ada.get(f"{PAGE}?words=bob").text
    assert link not in ada.get(PAGE).text
    market.browser().post(link, page=link, password="quiet-harbour-violet-17")
    assert "a password link is open" not in ada.get(PAGE).text


def test_the_trail_names_people_and_is_asked_by_their_names(market: PortalMarket) -> None:
    ada = market.browser("ada")
    ada.post(f"{PAGE}/users/bob/roles", page=PAGE, roles=["owner", "buyer"])
    name = market.user("bob").name
    text = ada.get(f"{PAGE}/audit?by={market.user('ada').name}").text
    assert f"<strong>Roles set</strong> <bdi>{name}</bdi>" in text
    assert f"<bdi>{market.user('ada').name}</bdi>" in text
    assert "No entry is like that." in ada.get(f"{PAGE}/audit?by={name}").text
    several = ada.get(f"{PAGE}/audit?by=b")
    assert several.status_code == 422
    assert "Write one of the ids." in several.text


def test_nobody_else_looks_for_people(market: PortalMarket) -> None:
    with pytest.raises(NotPermitted):
        find_people(market.platform, market.bob, PeopleWanted(), after="", now=market.now)
    with pytest.raises(NotPermitted):
        person_called(market.platform, market.bob, "ada")
