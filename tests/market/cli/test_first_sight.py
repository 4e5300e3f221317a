"""Whoever's key is seen first, the person is told whose it is and how they compare it."""

from __future__ import annotations

import pytest

from market.cli.pins import COMMANDS
from market.cli.session import Session
from market.client.kept.pins import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key_has_its_words(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    Session().tell_first_sight(kind, "bob", "0f" * 20)
    told = capsys.readouterr().err
    assert "First sight of the key of" in told
    assert f"market pin {kind} bob" in told
    assert kind in COMMANDS
