"""A platform writes its own key's fingerprint where the buyer's belongs, so that the owner grants
access to the platform."""

from __future__ import annotations

from pathlib import Path

import pytest
from portal_house import House, make_house

from market.errors import Refused
from market.owner.grants import compared_buyer
from market.records.fingerprint_words import words_of
from market.services.grant_access import ask_access
from market.services.read_inbox import read_inbox

DATASET = "household-visits"


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Bob has asked; what the owner is shown is the key of eve."""
    house = make_house(tmp_path)
    house.publish(DATASET, access="request")
    house.platform.people.set_identity_key("bob", house.platform.identity.public.hex)
    ask_access(house.platform, house.user("bob"), DATASET, "A study.", now=house.now)
    return house


def swapped(house: House) -> str:
    (item,) = read_inbox(house.platform, house.user("olga"), now=0)
    return item.key


def test_key_the_platform_names_is_not_granted_on_its_word(house: House) -> None:
    bob_reads = words_of(house.keys["bob"].public.fingerprint())
    with pytest.raises(Refused, match="key-differs"):
        compared_buyer(bob_reads, swapped(house))
    assert compared_buyer(bob_reads, None) == house.keys["bob"].public.fingerprint()


def test_nothing_is_granted_that_nobody_compared(house: House) -> None:
    for said_nothing in ("", "  "):
        with pytest.raises(Refused, match="not-compared"):
            compared_buyer(said_nothing, swapped(house))


def test_no_command_to_copy_holds_the_platforms_word(house: House) -> None:
    browser, key = house.browser("olga"), swapped(house)
    (item,) = read_inbox(house.platform, house.user("olga"), now=0)
    assert key not in item.command
    for page in ("/inbox", f"/datasets/{DATASET}"):
        commands = browser.get(page).text.split('<div class="command">')[1:]
        assert commands
        assert all(key not in text.partition("</div>")[0] for text in commands)
