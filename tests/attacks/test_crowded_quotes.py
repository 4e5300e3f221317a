"""Many accounts of one organisation keep nobody else from a quote.

Accounts cost an organisation nothing. If only persons had limited places, eight of them would wait
with sixteen quotes of a minute each, and whoever came after them for a quarter of an hour.
"""

from __future__ import annotations

import asyncio
import threading

from market.entities.people import User
from market.errors import Refused
from market.portal.quotes.queue import QuoteDesk

ACCOUNTS = 8
QUOTES_OF_EACH = 2


def buyer(user: str, organisation: str) -> User:
    return User(user, organisation, user, ("buyer",), "", is_active=True)


def test_organisation_with_many_accounts_is_one_organisation() -> None:
    go_on, order = threading.Event(), []

    async def attack() -> int:
        desk = QuoteDesk()
        crowd = [buyer(f"account-{n}", "crowd") for n in range(ACCOUNTS)] * QUOTES_OF_EACH
        asked = [asyncio.create_task(desk.run(crowd[0], go_on.wait))]
        asked += [
            asyncio.create_task(desk.run(one, lambda: order.append("crowd"))) for one in crowd[1:]
        ]
        await asyncio.sleep(0)
        asked.append(
            asyncio.create_task(desk.run(buyer("eve", "lab"), lambda: order.append("lab")))
        )
        await asyncio.sleep(0)
        go_on.set()
        results = await asyncio.gather(*asked, return_exceptions=True)
        desk.close()
        return sum(isinstance(result, Refused) for result in results)

    refused = asyncio.run(attack())
    assert refused == ACCOUNTS * QUOTES_OF_EACH - 4
    assert order.index("lab") <= 1
