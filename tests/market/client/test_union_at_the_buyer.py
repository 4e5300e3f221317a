"""The buyer's own way through a question to two owners: submit, review, sign, open, look again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from world.declarations import COUNT
from world.live_union import LiveUnion, live_union

from crypto.secret import Secret
from market.adapters.repository import FetchLimits
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.client.questions.confirm_program import PersonSays
from market.client.questions.sign_request import review, send, sign
from market.client.questions.submit_program import submit
from market.client.results.open_result import open_job
from market.errors import Refused
from market.policy.submission.submission import Submission
from market.records.request import Request
from market.records.signed import open_signed
from market.services.access.refresh_forms import refresh_forms
from market.services.compute.evaluate_job import evaluate_job
from market.services.compute.plan_job import plan_job

pytestmark = pytest.mark.processes

PROGRAM = """
def build(ds):
    return {"people": ds.count()}
"""
LIMITS = FetchLimits(allow_file=True)


def committed(directory: Path, market: LiveUnion) -> tuple[str, str]:
    """Address and commit of a program that asks how many there are."""
    directory.mkdir()
    (directory / "job.py").write_text(PROGRAM)
    git = ["git", "-C", str(directory), "-c", "user.name=b", "-c", "user.email=b@b"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "Ask"]):
        subprocess.run([*git, *arguments], check=True)
    told = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True)
    commit = told.stdout.decode().strip()
    market.programs.committed[commit] = COUNT
    return f"file://{directory}", commit


def test_buyer_signs_what_both_owners_have_agreed_to_and_opens_the_sum(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        home = ClientHome(tmp_path / "client")
        keyring = Keyring(home, lambda: Secret(b""))
        identity = keyring.make_identity(None)
        market.people.set_identity_key("bob", identity.public.hex)
        refresh_forms(market.platform, now=market.now)
        portal = market.client("bob", "client")
        asked = "visits-south, visits-north"
        told = submit(
            portal, home, Submission(*committed(tmp_path / "repository", market), asked, "0.5")
        )
        job = plan_job(market.platform, market.jobs.get(told["job"]), now=market.now)
        question = review(
            home, portal.get(f"jobs/{job.job}"), LIMITS, signer=identity.public, said=PersonSays()
        )
        assert "Masked: the sums over all of them open, and no owner's own value." in question.words
        text = sign(home, keyring, question, now=market.now)
        request = open_signed(Request, text.encode()).record
        assert request.names == ("visits-north", "visits-south")
        assert request.union is not None
        assert [keys.agent for keys in request.union.agents] == [
            market.owner_of(owner).home.signing_key().public.hex for owner in market.owners
        ]
        send(portal, job.job, text)
        market.step()
        evaluate_job(market.platform, market.job(job), now=market.now)
        market.step()
        result = open_job(
            home,
            keyring,
            job.job,
            market.bundle_bytes(job),
            platform_key=market.platform.identity.public.hex,
        )
        assert result.answers[0].cells[0].value == pytest.approx(600, abs=60)
        kept = home.read_job(job.job, "result.json")
        assert kept is not None
        assert json.loads(kept) == result.to_json()
        assert all(home.read_job(job.job, one.file) for one in result.receipts)


def test_buyer_does_not_sign_for_an_agent_its_owner_has_not_appointed(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        home = ClientHome(tmp_path / "client")
        identity = Keyring(home, lambda: Secret(b"")).make_identity(None)
        market.people.set_identity_key("bob", identity.public.hex)
        refresh_forms(market.platform, now=market.now)
        portal = market.client("bob", "client")
        told = submit(
            portal,
            home,
            Submission(*committed(tmp_path / "repository", market), market.dataset, "0.5"),
        )
        job = plan_job(market.platform, market.jobs.get(told["job"]), now=market.now)
        shown = portal.get(f"jobs/{job.job}")
        north, south = shown["publications"]
        # The second owner's data, and the first one's word on an agent.
        south["appointment"] = north["appointment"]
        with pytest.raises(Refused, match="appointment-invalid"):
            review(home, shown, LIMITS, signer=identity.public, said=PersonSays())
