"""Outward calls go as the environment says; calls to this machine go to this machine."""

from __future__ import annotations

import os

import httpx
import pytest
from world.hostile_portal import hostile_portal, json_answer

from market.client.http.api import PortalClient
from market.client.http.proxies import is_loopback, proxy_for
from market.errors import MarketError, Refused

PLATFORM = {"public_key": "ab" * 32, "currency": "EUR"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("value", ["http://127.0.0.1:1", "socks5://127.0.0.1:1", "nonsense://"])
def test_loopback_is_never_asked_through_a_proxy(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    with hostile_portal(lambda _method, _path: [json_answer(PLATFORM)]) as portal:
        client = PortalClient(portal.url)
        assert client.get("platform") == PLATFORM
        client.close()


def test_another_host_is_asked_through_the_proxy(environment: pytest.MonkeyPatch) -> None:
    with hostile_portal(lambda _method, _path: [json_answer(PLATFORM)]) as proxy:
        environment.setenv("http_proxy", proxy.url.replace("//", "//user:secret-word@"))
        client = PortalClient("http://market.example.org")
        assert client.get("platform") == PLATFORM
        client.close()
        assert proxy.asked == ["GET http://market.example.org/api/v1/platform HTTP/1.1"]
        environment.setenv("no_proxy", "example.org")
        assert proxy_for("http", "market.example.org") is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("socks5://me:secret-word@proxy.example:1080", "proxy-unsupported"),
        ("socks5h://proxy.example:1080", "proxy-unsupported"),
        ("ftp://proxy.example", "proxy-unsupported"),
        ("http://", "proxy-malformed"),
        ("http://proxy.example:secret-word", "proxy-malformed"),
    ],
)
def test_proxy_that_cannot_be_used_is_named_by_its_variable(
    environment: pytest.MonkeyPatch, value: str, code: str
) -> None:
    environment.setenv("ALL_PROXY", value)
    client = PortalClient("http://market.example.org")
    with pytest.raises(Refused) as error:
        client.get("platform")
    client.close()
    assert error.value.code == code
    assert "ALL_PROXY" in error.value.message + error.value.next_action
    assert "secret-word" not in str(error.value)


def test_dead_proxy_is_a_coded_error(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("http_proxy", "127.0.0.1:1")
    client = PortalClient("http://market.example.org")
    with pytest.raises(MarketError, match="portal-unavailable"):
        client.get("platform")
    client.close()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("portal.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost.example.org", False),
        ("10.0.0.1", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_what_can_only_be_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
    assert is_loopback(httpx.URL(scheme="http", host=host.strip("[]")).host) is expected
