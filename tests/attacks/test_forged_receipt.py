"""Somebody makes two keys, signs a receipt with one and countersigns it with the other: without a
key that was given or pinned, verification ends with an error, whatever the document says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from world.sealed_results import Story, released_job

from crypto.identity import SigningKey
from market.cli.main import main

AGENT, PLATFORM = SigningKey.generate(), SigningKey.generate()


@pytest.fixture
def story() -> Story:
    return released_job()


def verified(path: Path, document: str, *options: str) -> tuple[int, str]:
    """Exit status and error code."""
    file = path / "receipt.json"
    file.write_text(document)
    command = ["receipt", "verify", str(file), "--json", "--home", str(path / "home"), *options]
    result = CliRunner().invoke(main, command)
    return result.exit_code, json.loads(result.stdout).get("error", {}).get("code", "")


def test_forged_receipt_is_never_verified(tmp_path: Path, story: Story) -> None:
    receipt = story.receipt(story.envelope())
    forged = story.countersigned(receipt, agent=AGENT, platform=PLATFORM)
    agent, platform = (
        ("--agent-key", story.agent.public.hex),
        ("--platform-key", story.platform.public.hex),
    )
    assert verified(tmp_path, forged) == (1, "agent-key-unknown")
    assert verified(tmp_path, forged, "--agent-key", AGENT.public.hex) == (
        1,
        "platform-key-unknown",
    )
    assert verified(tmp_path, forged, "--platform-key", PLATFORM.public.hex) == (
        1,
        "agent-key-unknown",
    )
    assert verified(tmp_path, forged, *agent, *platform) == (1, "receipt-invalid")
    half = story.countersigned(receipt, agent=AGENT)
    assert verified(tmp_path, half, *platform) == (1, "agent-key-unknown")
    honest = story.countersigned(receipt)
    assert verified(tmp_path, honest, *agent, *platform) == (0, "")
