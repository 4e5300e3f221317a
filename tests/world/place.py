"""A portal before a market with one of everything, for tests of who may do what to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from crypto.identity import SigningKey
from market.entities.notices import NoticeAddress
from market.entities.people import Organisation, User
from market.records.manifest import chunk_prefix
from market.services.publish.write_draft import start_draft
from world.browser import Browser
from world.consortium_builders import CONSORTIUM
from world.consortium_market import founded, settle_members
from world.drafts import VISITS
from world.household import DATASET
from world.people import PASSWORD
from world.portal_market import PortalMarket
from world.ports import Ports


@dataclass(frozen=True, slots=True)
class Place:
    """A portal with one of everything, and the ids of it.

    Bob has been granted access and asked; olga owns what was asked, has begun a draft, and has
    joined a consortium with all its members; eve has asked for access.
    """

    market: PortalMarket
    ids: dict[str, str]
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, name: str) -> Browser:
        """Somebody's browser, signed in once."""
        if name not in self.browsers:
            self.browsers[name] = self.market.browser(name)
        return self.browsers[name]

    def fill(self, path: str) -> str:
        for name, value in self.ids.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, path
        return path


def make_place(home: Path, ports: Ports | None = None) -> Place:
    """Ports are in memory unless others are given."""
    market = PortalMarket(home, ports)
    people = market.platform.people
    market.keys["otto"] = SigningKey.generate()
    people.add_organisation(Organisation("archive", "Archive"))
    key = market.keys["otto"].public.hex
    people.add_user(User("otto", "archive", "Otto", ("owner",), key, is_active=True), PASSWORD)
    for channel, address in (
        ("mail", "ada@archive.example"),
        ("hook", "https://archive.example/"),
    ):
        told = NoticeAddress("ada", channel, address, "", market.now - 3_600)  # type: ignore[arg-type]
        market.platform.notices.put_address(told)
    market.publish(access="request")
    market.grant(DATASET, "bob")
    asked = market.browser("eve").post(
        f"/datasets/{DATASET}/access-requests", page=f"/datasets/{DATASET}", purpose="To compare."
    )
    assert asked.status_code == 303
    market.token("bob", "client")
    (waiting,) = market.platform.catalogue.access_requests(DATASET)
    owner = market.keys["olga"].public.fingerprint()
    settle_members(market)
    founded(market, "joined")
    ids = {
        "consortium": CONSORTIUM,
        "dataset": DATASET,
        "draft": str(start_draft(market.platform, market.olga, VISITS, now=market.now).number),
        "organisation": "archive",
        "job": market.requested().job,
        "session_id": "0123456789abcdef",
        "party": market.agent.public.hex,
        "request": waiting.request,
        "asked": waiting.request,
        "token_id": people.tokens("bob")[0].token_id,
        "user": "eve",
        "recipient": "eve",
        "name": "eve",
        "secret": "no-such-secret",
        "key:path": f"{chunk_prefix(DATASET, owner, 1)}0-0",
    }
    return Place(market, ids)
