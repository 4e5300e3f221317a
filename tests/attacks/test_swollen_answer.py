"""What a portal answers has a size, a depth and a number of values before it is read."""

from __future__ import annotations

import tracemalloc

import pytest
from world.hostile_portal import hostile_portal, http

from market.client.http.answers import read_answer
from market.client.http.api import PortalClient
from market.errors import MarketError

SWOLLEN = {
    "large": (http(b'"' + b"x" * (65 * 1024 * 1024) + b'"'), "portal-too-large"),
    "large, its length untold": (
        b"HTTP/1.1 200 OK\r\n\r\n[" + b" " * (65 * 1024 * 1024) + b"]",
        "portal-too-large",
    ),
    "deep": (http(b"[" * 200_000), "portal-nonsense"),
    "deep and closed": (http(b"[" * 500 + b"]" * 500), "portal-nonsense"),
    "deep behind a text of brackets": (http(b'["]]]",' * 500 + b"]" * 500), "portal-nonsense"),
    "many values": (http(b"[" + b"[]," * 1_500_000 + b"[]]"), "portal-nonsense"),
    "many items": (http(b"[" + b"{}," * 30_000 + b"{}]"), "portal-nonsense"),
}


@pytest.mark.parametrize("case", SWOLLEN)
def test_swollen_answer_is_refused_by_its_size(case: str) -> None:
    answer, code = SWOLLEN[case]
    with hostile_portal(lambda _method, _path: [answer]) as portal:
        client = PortalClient(portal.url, "token")
        with pytest.raises(MarketError) as error:
            client.get("agent/work")
        client.close()
    assert error.value.code == code


def test_answer_of_quotation_marks_takes_no_more_than_itself() -> None:
    # Each pair is a string of its own: taking them out of the text one by one took forty times it.
    body = b'"' * 8_000_000
    tracemalloc.start()
    try:
        with pytest.raises(MarketError):
            read_answer("GET", "agent/work", body)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(body)
    finally:
        tracemalloc.stop()
