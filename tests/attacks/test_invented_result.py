"""An attack: a colleague shares a result that nobody ever answered, or alters the one they got.

They can sign requests, reseal, and rewrite what they hand on; they have neither the agent's key nor
the platform's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from world.people import a_key
from world.sealed_results import JOB, Story, released_job, shares, shifted
from world.shared import bea, new_keyring, shared_by

from crypto.parameters import PRODUCTS
from market.client.kept.keys import Keyring
from market.client.results.open_shared import open_shared
from market.errors import Refused


@pytest.fixture
def reader(tmp_path: Path) -> Keyring:
    keyring = new_keyring(tmp_path / "bea", a_key("bea"))
    keyring.make_reader()
    return keyring


def altered(story: Story) -> bytes:
    """Another number, under the sharer's own word in the platform's place."""
    platform, _ = story.decryption_shares()
    platform["#valid"] = shifted(platform["#valid"], PRODUCTS.unit(1))
    return replace(story, platform=story.buyer).bundle(platform=shares(platform))


def invented(story: Story) -> bytes:
    """An answer that the sharer seals to themself in the agent's place."""
    return story.released_anew(header={}, signer=story.buyer)


@pytest.mark.parametrize("lie", [altered, invented])
def test_reader_checks_what_the_buyer_checked(
    reader: Keyring, lie: Callable[[Story], bytes]
) -> None:
    story = released_job()
    data = lie(story)
    document = shared_by(story, bea(reader), data)
    with pytest.raises(Refused, match=r"(result|receipt)-invalid"):
        opened(reader, story, document, data)
    assert reader.home.read_job(JOB, "result.json") is None


def test_shared_result_is_the_one_that_was_opened(reader: Keyring) -> None:
    """The portal hands its reader another delivery than its buyer had."""
    story = released_job()
    document = shared_by(story, bea(reader), story.bundle())
    other = story.bundle()
    with pytest.raises(Refused, match="shared-invalid"):
        opened(reader, story, document, other)


def opened(reader: Keyring, story: Story, document: str, data: bytes) -> None:
    shared, key = ("bob", document), story.platform.public.hex
    open_shared(reader.home, reader, JOB, shared, data, platform_key=key)
