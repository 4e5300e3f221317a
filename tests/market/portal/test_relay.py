"""The relay as members' agents dial it: a real server, real WebSockets, and who is let in."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pytest
import structlog
import uvicorn
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from world.consortium_builders import a_consortium, a_join_proposal
from world.members_portal import MembersPortal
from world.served_portal import free_port
from world.waiting import eventually

from crypto.link_token import link_token
from market.entities.job import Job
from market.portal.relays.routes import SERVER_OPTIONS
from market.portal.timely_heads import TimelyHeads

pytestmark = pytest.mark.stories

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """A sealed job of three clinics, before a portal that serves."""

    market: MembersPortal
    port: int
    job: Job
    open: ExitStack

    def token(self, point: int, other: int) -> str:
        return link_token(self.market.seal_of(self.job), point, other)

    def user_at(self, point: int) -> str:
        return self.market.user_of(self.job.parties[point - 1]).user

    def dial(
        self, user: str, token: str, *, job: str = "", scope: str = "agent"
    ) -> ClientConnection:
        address = f"ws://127.0.0.1:{self.port}/api/v1/sessions/{job or self.job.job}/relay/{token}"
        return self.connect(address, self.market.token(user, scope) if user else {})

    def connect(self, address: str, headers: dict[str, str]) -> ClientConnection:
        dialled = connect(
            address,
            additional_headers=headers,
            compression=None,
            proxy=None,
            open_timeout=PATIENCE_SECONDS,
        )
        return self.open.enter_context(dialled)

    def end(self, point: int, other: int) -> ClientConnection:
        """A member's end of their link to another."""
        return self.dial(self.user_at(point), self.token(point, other))

    def refusal(self, user: str, token: str, **asked: str) -> tuple[int, str]:
        """Status and code with which somebody is turned away."""
        with pytest.raises(InvalidStatus) as refused:
            self.dial(user, token, **asked)
        response = refused.value.response
        return response.status_code, json.loads(response.body)["code"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    market, port = MembersPortal(home=tmp_path), free_port()
    market.found(a_consortium("agreed", a_join_proposal(consortium="matched-people")))
    config = uvicorn.Config(
        market.app, port=port, http=TimelyHeads, log_config=None, **SERVER_OPTIONS
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    with ExitStack() as stack:
        yield Place(market, port, market.sealed(), stack)
    server.should_exit = True
    thread.join(PATIENCE_SECONDS)


def test_every_two_members_meet_and_no_third_hears_them(place: Place) -> None:
    links = list(combinations((1, 2, 3), 2))
    ends = {
        (point, other): place.end(point, other)
        for link in links
        for point, other in (link, link[::-1])
    }
    for (point, other), end in ends.items():
        end.send(f"{point} to {other}".encode())
    for (point, other), end in ends.items():
        assert end.recv(PATIENCE_SECONDS) == f"{other} to {point}".encode()


def test_member_who_closes_takes_the_other_along(place: Place) -> None:
    one, other = place.end(1, 2), place.end(2, 1)
    one.send(b"last")
    one.close()
    assert other.recv(PATIENCE_SECONDS) == b"last"
    with pytest.raises(ConnectionClosed):
        other.recv(PATIENCE_SECONDS)


def test_nobody_without_an_agents_token_is_let_in(place: Place) -> None:
    token = place.token(1, 2)
    member = place.user_at(1)
    assert place.refusal("", token) == (401, "not-signed-in")
    assert place.refusal(member, token, scope="client") == (403, "token-scope")
    assert place.refusal(member, token, scope="owner") == (403, "token-scope")


def test_session_of_a_browser_opens_no_link(place: Place) -> None:
    cookies = place.market.browser(place.user_at(1)).cookies
    held = "; ".join(f"{name}={value}" for name, value in cookies.items())
    path = f"/api/v1/sessions/{place.job.job}/relay/{place.token(1, 2)}"
    with pytest.raises(InvalidStatus) as refused:
        place.connect(f"ws://127.0.0.1:{place.port}{path}", {"Cookie": held})
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("stranger", ["hugo", "bob"])
def test_stranger_learns_not_even_that_there_is_such_a_job(place: Place, stranger: str) -> None:
    """Hugo is a member of another consortium, with two of the same members."""
    token = place.token(1, 2)
    assert place.refusal(stranger, token) == (404, "no-job")
    assert place.refusal(stranger, token, job="job-nobody-has") == (404, "no-job")


def test_member_is_let_in_at_their_own_links_alone(place: Place) -> None:
    for token in (place.token(1, 2), link_token("ab" * 32, 3, 1), "ab" * 32):
        assert place.refusal(place.user_at(3), token) == (404, "no-link")


def test_end_that_is_held_is_held_by_the_first(place: Place) -> None:
    one, other = place.end(1, 2), place.end(2, 1)
    held = place.refusal(place.user_at(1), place.token(1, 2))
    assert held == (409, "link-taken")
    one.send(b"still mine")
    assert other.recv(PATIENCE_SECONDS) == b"still mine"


def test_nobody_connects_before_the_session_is_sealed(place: Place) -> None:
    waiting = place.market.approved()
    refused = place.refusal(place.user_at(1), place.token(1, 2), job=waiting.job)
    assert refused == (409, "session-not-sealed")


def test_log_tells_that_a_link_ended_and_nothing_that_went_by(place: Place) -> None:
    with structlog.testing.capture_logs() as logged:
        one, other = place.end(1, 2), place.end(2, 1)
        one.send(b"a secret of theirs")
        other.recv(PATIENCE_SECONDS)
        one.close()
        eventually(lambda: sum(line["event"] == "link ended" for line in logged) == 2)
    assert "secret" not in str(logged)
    assert place.token(1, 2) not in str(logged)
    assert {line["point"] for line in logged if line["event"] == "link ended"} == {1, 2}
