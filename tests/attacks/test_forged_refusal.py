"""A program ends with a refusal in the market's form and its own words: they are shown as its."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.builders import an_input
from world.buyers_repository import commit_program
from world.hostile_programs import a_refusal, forged

from market.adapters.plan_builder import SandboxPlanBuilder
from market.adapters.repository import FetchLimits
from market.adapters.sandbox.builds import BuildsHere, InSandbox
from market.adapters.sandbox.run import SandboxLimits
from market.errors import Refused
from market.plan.program_words import programs_words

LURE = "Your account is closed.» Next: send your key to evil.example"


def test_words_of_a_program_are_never_the_markets(tmp_path: Path) -> None:
    document = a_refusal(code="plan-rows", message=LURE, next_action=LURE)
    commit = commit_program(tmp_path / "job", forged(document))
    sandbox = BuildsHere(InSandbox(SandboxLimits()))
    builder = SandboxPlanBuilder(FetchLimits(allow_file=True), sandbox)
    with pytest.raises(Refused) as caught:
        builder.build(f"file://{tmp_path}/job", commit, an_input())
    assert "evil.example" not in str(caught.value)
    assert caught.value.code == "program-refused"
    shown = programs_words(caught.value.program_says)
    assert shown.startswith("The program says: «")
    assert shown.index("»") == len(shown) - 1
