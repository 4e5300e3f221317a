"""A platform writes its own key's fingerprint where the buyer's belongs, so that the owner grants
access to the platform."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.portal_market import PortalMarket

from market.errors import Refused
from market.owner.word.grants import compared_buyer
from market.records.fingerprint_words import words_of
from market.services.access.grant_access import ask_access
from market.services.inbox.read_inbox import read_inbox

DATASET = "household-visits"


@pytest.fixture
def market(tmp_path: Path) -> PortalMarket:
    """Bob has asked; what the owner is shown is the key of eve."""
    market = PortalMarket(tmp_path)
    market.publish(DATASET, access="request")
    market.platform.people.set_identity_key("bob", market.platform.identity.public.hex)
    ask_access(market.platform, market.user("bob"), DATASET, "A study.", now=market.now)
    return market


def swapped(market: PortalMarket) -> str:
    (item,) = read_inbox(market.platform, market.user("olga"), now=0)
    return item.key


def test_key_the_platform_names_is_not_granted_on_its_word(market: PortalMarket) -> None:
    bob_reads = words_of(market.keys["bob"].public.fingerprint())
    with pytest.raises(Refused, match="key-differs"):
        compared_buyer(bob_reads, swapped(market))
    assert compared_buyer(bob_reads, None) == market.keys["bob"].public.fingerprint()


def test_nothing_is_granted_that_nobody_compared(market: PortalMarket) -> None:
    for said_nothing in ("", "  "):
        with pytest.raises(Refused, match="not-compared"):
            compared_buyer(said_nothing, swapped(market))


def test_no_command_to_copy_holds_the_platforms_word(market: PortalMarket) -> None:
    browser, key = market.browser("olga"), swapped(market)
    (item,) = read_inbox(market.platform, market.user("olga"), now=0)
    assert key not in item.command
    for page in ("/inbox", f"/datasets/{DATASET}"):
        commands = browser.get(page).text.split('<div class="command">')[1:]
        assert commands
        assert all(key not in text.partition("</div>")[0] for text in commands)
