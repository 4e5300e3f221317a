"""The platform names another commit of the buyer's repository: its program must not run here."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.buyers_repository import HONEST, commit_program
from world.sealed_results import DATASET, JOB, released_job

from market.adapters.repository import FetchLimits
from market.client.kept.home import ClientHome
from market.client.questions.confirm_program import PersonSays
from market.client.questions.sign_request import review
from market.errors import MarketError
from market.records.signed import sign_record


def test_commit_that_only_the_platform_names_is_not_built(tmp_path: Path) -> None:
    story = released_job()
    repository = f"file://{tmp_path}/job"
    asked = commit_program(tmp_path / "job", HONEST)
    swapped = commit_program(tmp_path / "job", f"# Not what was asked with\n{HONEST}")
    told = {
        "job": JOB,
        "state": "planned",
        "repository": repository,
        "commit": swapped,
        "datasets": [{"dataset": DATASET, "version": 1}],
        "epsilon": "1",
        "engine": "ciphertext",
        "verified": False,
        "plan": "{}",
        "consortium": None,
        "publications": [
            {
                "listing": sign_record(story.owner, story.listing).encode().decode(),
                "manifest": sign_record(story.owner, story.manifest).encode().decode(),
            }
        ],
    }
    home = ClientHome(tmp_path / "home")
    said, signer = PersonSays(repository, asked), story.buyer.public
    with pytest.raises(MarketError) as caught:
        review(home, told, FetchLimits(allow_file=True), signer=signer, said=said)
    # Any other code comes from behind the build.
    assert caught.value.code == "program-differs"
