"""The client follows a catalogue to its end, and ends where a portal answers otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from world.hostile_portal import hostile_portal, http

from market.client.http.api import PortalClient
from market.client.http.pages_of import datasets_of

IDS = [f"dataset-{number:03}" for number in range(450)]


def line(dataset: str) -> dict[str, object]:
    counts = dict.fromkeys(("version", "price_cents", "capacity_rows", "published_at"), 1)
    words = dict.fromkeys(("title", "summary", "organisation", "standing", "access"), "x")
    return {
        "dataset": dataset,
        **counts,
        **words,
        "encrypted_for": "sums",
        "edition": 1,
        "changed_at": None,
    }


def by_the_page(after: str, limit: int) -> list[str]:
    return [one for one in IDS if one > after][:limit]


def all_at_once(after: str, limit: int) -> list[str]:
    """As a portal of an earlier release answers: it knows neither."""
    del after, limit
    return IDS


def the_same_again(after: str, limit: int) -> list[str]:
    del after
    return IDS[:limit]


@pytest.mark.parametrize(
    ("answer", "found", "asked"),
    [(by_the_page, 450, 3), (all_at_once, 450, 1), (the_same_again, 200, 2)],
)
def test_every_dataset_is_found_once(
    answer: Callable[[str, int], list[str]], found: int, asked: int
) -> None:
    paths: list[str] = []

    def say(_method: str, path: str) -> Iterator[bytes]:
        paths.append(path)
        query = parse_qs(urlsplit(path).query)
        ids = answer(query.get("after", [""])[0], int(query["limit"][0]))
        yield http(json.dumps([line(one) for one in ids]).encode())

    with hostile_portal(say) as portal:
        client = PortalClient(portal.url)
        try:
            told = [one["dataset"] for one in datasets_of(client, words="x")]
        finally:
            client.close()
    assert told == IDS[:found]
    assert len(paths) == asked
    assert all("words=x" in path for path in paths)
