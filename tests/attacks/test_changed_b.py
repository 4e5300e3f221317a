"""A cheating platform shifts its share b, to spoil a result or to learn from how the client takes
it: the client opens nothing, keeps the first b for ever, and sends the platform nothing at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from world.cheating_platform import CheatingPlatform, buyer_home, serving
from world.sealed_results import JOB, Story, released_job, shares, shifted

from crypto.parameters import PRODUCTS
from crypto.shares import platform_digest
from market.cli.main import main


@pytest.fixture
def story() -> Story:
    return released_job()


def shifted_sum(story: Story) -> bytes:
    platform, _ = story.decryption_shares()
    platform["#valid"] = shifted(platform["#valid"], 1_000 * PRODUCTS.unit(1))
    return story.bundle(platform=shares(platform))


def shifted_product(story: Story) -> bytes:
    platform, _ = story.decryption_shares()
    name = "health=good&visits"
    platform[name] = shifted(platform[name], 1_000 * PRODUCTS.unit(2))
    return story.bundle(platform=shares(platform))


def shifted_with_the_agent(story: Story) -> bytes:
    """Even an agent that signs the changed share cannot move a sum the owner signed."""
    platform, _ = story.decryption_shares()
    platform["#valid"] = shifted(platform["#valid"], 1_000 * PRODUCTS.unit(1))
    digest = platform_digest(list(platform.items()), PRODUCTS)
    return story.released_anew(header={"platform_digest": digest}, platform=shares(platform))


@pytest.mark.parametrize("cheat", [shifted_sum, shifted_product, shifted_with_the_agent])
def test_shifted_share_opens_nothing_and_the_platform_hears_nothing(
    tmp_path: Path, story: Story, cheat: object
) -> None:
    assert callable(cheat)
    platform = CheatingPlatform(cheat(story))
    with serving(platform) as url:
        home = buyer_home(tmp_path / "home", story, url)
        command = ["result", "open", JOB, "--json", "--home", str(home)]
        refused = CliRunner().invoke(main, command)
        # The honest share after the shifted one tells the platform whether the client looked.
        platform.bundle = story.bundle()
        again = CliRunner().invoke(main, command)
    assert refused.exit_code == again.exit_code == 1
    assert json.loads(refused.stdout)["error"]["code"] == "result-invalid"
    assert json.loads(again.stdout)["error"]["code"] == "platform-share-changed"
    assert platform.heard == [("GET", f"/api/v1/jobs/{JOB}/bundle")] * 2
    assert not (home / "jobs" / JOB / "result.json").exists()
