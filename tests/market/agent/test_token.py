"""The agent's token: its end is told in time, and a running agent takes up a new one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from world.declarations import COUNT
from world.hostile_portal import hostile_portal, json_answer
from world.live_market import LiveMarket, live_market, now
from world.people import PASSWORD

from crypto.identity import SigningKey
from crypto.secret import Secret
from market.agent.agent import Agent
from market.agent.loop import Round, collect, send
from market.agent.token import days_left, renew
from market.client.http.api import PortalClient
from market.errors import MarketError, NotPermitted, Refused
from market.policy.operation.tokens import WARNED_SECONDS
from market.services.inbox.read_inbox import read_inbox
from market.vault.settings import write_settings

DAY_SECONDS = 86_400


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    with live_market(tmp_path) as made:
        yield made


@pytest.fixture
def agent(market: LiveMarket) -> Iterator[Agent]:
    """As `market agent run` makes it: the token is read at every call."""
    portal = PortalClient(market.url, market.home.token)
    yield Agent(market.home, market.store, portal, secrets.token_bytes)
    portal.close()


def give_token(market: LiveMarket, *, ends_at: int, scopes: tuple[str, ...] = ("agent",)) -> str:
    """A token in agent.toml, as an earlier login left it."""
    token = market.platform.people.issue_token(
        "olga", scopes, "agent on olgas", now=ends_at - 100, lifetime_seconds=100
    )
    settings = replace(market.home.settings(), token=token, token_ends_at=ends_at, user="olga")
    write_settings(market.home.path / "agent.toml", settings)
    return token


def renewed(market: LiveMarket, user: str = "", password: str = PASSWORD) -> None:
    renew(market.home.path, user, Secret(password.encode()), label="agent on olgas")


def test_running_agent_goes_on_with_a_new_token(market: LiveMarket, agent: Agent) -> None:
    market.publish()
    job = market.requested(COUNT)
    give_token(market, ends_at=now() - 1)
    with capture_logs() as lines:
        assert collect(agent, now=now()) == Round()
        assert collect(agent, now=now()) == Round()
    (told,) = [line for line in lines if line["event"] == "not now"]
    assert told["code"] == "agent-token-ended"
    assert f"market agent login --home {market.home.path}" in told["next_action"]
    renewed(market)
    send(agent, collect(agent, now=now()))
    assert market.job(job).state == "approved"
    assert market.home.settings().token_ends_at > now() + 80 * DAY_SECONDS
    assert (market.home.path / "agent.toml").stat().st_mode & 0o777 == 0o600


def test_reply_waits_for_the_new_token(market: LiveMarket, agent: Agent) -> None:
    market.publish()
    job = market.requested(COUNT)
    found = collect(agent, now=now())
    give_token(market, ends_at=now() - 1)
    with capture_logs() as lines:
        send(agent, found)
    assert [line["code"] for line in lines if line["event"] == "not now"] == ["agent-token-ended"]
    renewed(market)
    send(agent)
    assert market.job(job).state == "approved"


def test_agent_warns_once_a_day_in_the_last_two_weeks(market: LiveMarket, agent: Agent) -> None:
    ends_at = now() + 30 * DAY_SECONDS
    token = market.home.settings().token
    give_token(market, ends_at=ends_at)
    write_settings(market.home.path / "agent.toml", replace(market.home.settings(), token=token))
    with capture_logs() as lines:
        for hours in range(0, 30 * 24, 6):
            collect(agent, now=ends_at - hours * 3_600 - 1)
    warned = [line for line in lines if line["event"] == "access ends soon"]
    assert [line["days"] for line in warned] == list(range(1, 15))
    assert all("market agent login" in line["next_action"] for line in warned)


def test_days_left_are_told_in_time_only(market: LiveMarket) -> None:
    settings = replace(market.home.settings(), token_ends_at=100 * DAY_SECONDS)
    left = {day: days_left(settings, now=day * DAY_SECONDS) for day in (85, 86, 99, 100, 101)}
    assert left == {85: None, 86: 14, 99: 1, 100: None, 101: None}
    assert days_left(replace(settings, token_ends_at=0), now=now()) is None


@pytest.mark.parametrize(
    ("scopes", "ended"), [(("agent",), True), (("client", "owner", "agent"), False)]
)
def test_token_before_ends_if_it_was_the_agents_alone(
    market: LiveMarket, scopes: tuple[str, ...], ended: bool
) -> None:
    before = give_token(market, ends_at=now() + DAY_SECONDS, scopes=scopes)
    renewed(market)
    after = market.home.settings().token
    assert (market.platform.people.token_user(before, now=now()) is None) is ended
    found = market.platform.people.token_user(after, now=now())
    assert found is not None
    assert found[1] == ("agent",)


@pytest.mark.parametrize(
    ("user", "password", "code"),
    [("", "not the password", "password-wrong"), ("bob", PASSWORD, "agent-user")],
)
def test_refused_login_changes_nothing(
    market: LiveMarket, user: str, password: str, code: str
) -> None:
    give_token(market, ends_at=now() + DAY_SECONDS)
    before = market.home.settings()
    with pytest.raises(MarketError) as error:
        renewed(market, user, password)
    assert error.value.code == code
    assert market.home.settings() == before


def test_portal_under_another_key_is_not_told_the_password(market: LiveMarket) -> None:
    other = SigningKey.generate().public.hex
    with hostile_portal(
        lambda _method, _path: [json_answer({"public_key": other, "currency": "EUR"})]
    ) as portal:
        settings = replace(market.home.settings(), url=portal.url)
        write_settings(market.home.path / "agent.toml", settings)
        with pytest.raises(Refused, match="platform-key-changed"):
            renewed(market, "olga")
        assert [line.split()[0] for line in portal.asked] == ["GET"]


def test_inbox_names_a_token_that_ends_and_one_that_has_ended(market: LiveMarket) -> None:
    olga = market.platform.people.user("olga")
    token = give_token(market, ends_at=now() + 40 * DAY_SECONDS)
    kept = market.platform.people.token(token)
    ends_at = kept.expires_at if kept is not None else None
    assert ends_at is not None
    assert read_inbox(market.platform, olga, now=ends_at - WARNED_SECONDS - 1) == []
    (soon,) = read_inbox(market.platform, olga, now=ends_at - 3 * DAY_SECONDS)
    assert "ends in 3 days" in soon.text
    assert (soon.kind, soon.command) == ("renew", "market agent login")
    (late,) = read_inbox(market.platform, olga, now=ends_at + 3 * DAY_SECONDS)
    assert "has ended" in late.text
    assert read_inbox(market.platform, market.platform.people.user("bob"), now=ends_at) == []


def test_portal_tells_when_the_token_ends(market: LiveMarket) -> None:
    client = market.client("olga", "agent")
    answer = client.get("tokens/current")
    assert answer["user"] == "olga"
    assert answer["scopes"] == ["agent"]
    assert now() < answer["expires_at"] <= now() + 3_600
    nobody = PortalClient(market.url, "mkt_unknown")
    with pytest.raises(NotPermitted, match="not-signed-in"):
        nobody.get("tokens/current")
    nobody.close()
