from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world.lattices import agg_lattice
from world.sealed_results import DATASET, JOB, NOW, PLAN, SCHEMA, Story, released_job

from crypto import canonical
from crypto.identity import SigningKey
from crypto.secret import Secret
from market import wire
from market.adapters.repository import FetchLimits
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.client.questions.confirm_program import PersonSays
from market.client.questions.sign_request import RequestToSign, review, sign
from market.errors import Conflict, Refused
from market.plan.lowered import lower
from market.plan.plan import Plan, plan_hash
from market.policy.budget.price import price_of
from market.policy.submission.submission import Submission
from market.pricing.expected_errors import quoted_cells
from market.pricing.quote_document import quote_document
from market.records.appointment import AgentAppointment, AgentKeys
from market.records.request import Request
from market.records.signed import open_signed, sign_record

pytestmark = pytest.mark.processes

LIMITS = FetchLimits(allow_file=True)
SIGNER = SigningKey.generate().public
PROGRAM = """
def build(ds):
    return {
        "rows": ds.count(),
        "visits": ds["visits"].mean(),
        "spread": ds["visits"].variance(),
        "health": ds["health"].histogram(),
        "districts": ds["district"].histogram(),
        "visits_by_health": ds.group_by("health")["visits"].mean().weighted(2),
    }
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Address and commit of the program that gives `PLAN`."""
    directory = tmp_path_factory.mktemp("repository")
    (directory / "job.py").write_text(PROGRAM)
    git = ["git", "-C", str(directory), "-c", "user.name=b", "-c", "user.email=b@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "Ask"], check=True)
    told = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True)
    return f"file://{directory}", told.stdout.decode().strip()


@pytest.fixture
def home(tmp_path: Path) -> ClientHome:
    return ClientHome(tmp_path / "home")


@pytest.fixture
def keyring(home: ClientHome) -> Keyring:
    ring = Keyring(home, lambda: Secret(b""))
    ring.make_identity(None)
    return ring


@pytest.fixture
def story() -> Story:
    return released_job()


def answer(
    story: Story, repository: tuple[str, str], *, plan: Plan = PLAN, **changes: Any
) -> dict[str, Any]:
    """GET /jobs/<job> of a planned job."""
    lowered = lower(plan, story.listing.schema)
    priced = price_of(lowered, story.listing.policy, "1", agg_lattice(story.listing.schema))
    told = {
        "job": JOB,
        "state": "planned",
        "repository": repository[0],
        "commit": repository[1],
        "datasets": [{"dataset": DATASET, "version": 1}],
        "epsilon": "1",
        "rho_units": priced.rho_units,
        "plan_hash": plan_hash(plan, (SCHEMA,)),
        "plan": wire.encode(plan).decode(),
        "quote": canonical.dumps(quote_document(priced)).decode(),
        "engine": "ciphertext",
        "verified": False,
        "publications": [published(story)],
        "consortium": None,
        "next_action": "",
    }
    return told | changes


def published(story: Story, **changes: str) -> dict[str, str]:
    """The dataset of a job as the portal shows it."""
    return {
        "listing": sign_record(story.owner, story.listing).encode().decode(),
        "manifest": sign_record(story.owner, story.manifest).encode().decode(),
        "appointment": appointed(story, 1),
    } | changes


def appointing(story: Story, repository: tuple[str, str], document: str) -> dict[str, Any]:
    """The same, where the portal shows another word on the owner's agent."""
    return answer(story, repository, publications=[published(story, appointment=document)])


def appointed(story: Story, number: int, agent: str = "") -> str:
    """The owner's word on their agent, as it travels."""
    keys = AgentKeys(agent or story.manifest.agent, "ab" * 32)
    word = AgentAppointment(keys, number, NOW)
    return sign_record(story.owner, word).encode().decode()


def reviewed(home: ClientHome, told: dict[str, Any]) -> RequestToSign:
    said = PersonSays(str(told["repository"]), str(told["commit"]))
    return review(home, told, LIMITS, signer=SIGNER, said=said)


def test_signed_request_names_what_was_reviewed(
    home: ClientHome, keyring: Keyring, story: Story, repository: tuple[str, str]
) -> None:
    question = reviewed(home, answer(story, repository))
    text = sign(home, keyring, question, now=NOW)
    request = open_signed(Request, text.encode(), signer=keyring.identity().public.hex).record
    assert request.plan_hash == plan_hash(PLAN, (SCHEMA,))
    assert request.manifest_hashes == (story.listing.manifest_hash,)
    assert request.parties == (story.agent.public.hex,)
    assert request.rho_units == question.quote.rho_units
    assert request.recipient_key == keyring.recipient(JOB).public_hex
    assert home.read_job(JOB, "request.json") == text.encode()


def test_who_signs_reads_how_exact_the_answers_will_be(
    home: ClientHome, story: Story, repository: tuple[str, str]
) -> None:
    question = reviewed(home, answer(story, repository))
    cells = [cell for one in quoted_cells(question.quote) for cell in one]
    assert "Errors, half of a 95 % interval:" in question.words
    assert all(cell.expected is None or cell.expected in question.words for cell in cells)


def test_dataset_of_another_agent_than_the_appointed_is_not_signed_for(
    home: ClientHome, story: Story, repository: tuple[str, str]
) -> None:
    other = SigningKey.generate().public.hex
    for number in (1, 2):
        reviewed(home, appointing(story, repository, appointed(story, number)))
    cases = [
        ("appointment-invalid", ""),
        ("appointment-outdated", appointed(story, 1)),
        ("appointment-outdated", appointed(story, 2, other)),
        ("agent-not-appointed", appointed(story, 3, other)),
    ]
    for code, document in cases:
        with pytest.raises(Refused) as refused:
            reviewed(home, appointing(story, repository, document))
        assert refused.value.code == code


def test_signing_again_gives_the_same_request(
    home: ClientHome, keyring: Keyring, story: Story, repository: tuple[str, str]
) -> None:
    question = reviewed(home, answer(story, repository))
    first = sign(home, keyring, question, now=NOW)
    assert sign(home, keyring, question, now=NOW + 500) == first


def test_another_question_is_not_signed_for_the_same_job(
    home: ClientHome, keyring: Keyring, story: Story, repository: tuple[str, str]
) -> None:
    question = reviewed(home, answer(story, repository))
    sign(home, keyring, question, now=NOW)
    with pytest.raises(Conflict) as caught:
        sign(home, keyring, replace(question, plan_hash="0" * 64), now=NOW)
    assert caught.value.code == "signed-otherwise"


def test_altered_plan_is_refused_with_both_hashes(
    home: ClientHome, story: Story, repository: tuple[str, str]
) -> None:
    other = replace(PLAN, statistics=PLAN.statistics[:1])
    with pytest.raises(Refused) as caught:
        reviewed(home, answer(story, repository, plan=other))
    assert caught.value.code == "plan-differs"
    assert plan_hash(PLAN, (SCHEMA,)) in caught.value.message
    assert plan_hash(other, (SCHEMA,)) in caught.value.message


def test_job_of_another_client_needs_its_program_named(
    home: ClientHome, story: Story, repository: tuple[str, str]
) -> None:
    with pytest.raises(Refused) as caught:
        review(
            home, answer(story, repository), LIMITS, signer=SIGNER, said=PersonSays(repository[0])
        )
    assert caught.value.code == "program-unconfirmed"


def test_own_submission_needs_no_program_named(
    home: ClientHome, story: Story, repository: tuple[str, str]
) -> None:
    submission = Submission(*repository, DATASET, "1")
    home.write_job(JOB, "submission.json", wire.encode(submission))
    question = review(home, answer(story, repository), LIMITS, signer=SIGNER, said=PersonSays())
    assert question.submission == submission


def test_own_checkout_may_stand_in_for_fetch_and_sandbox(
    home: ClientHome, story: Story, repository: tuple[str, str]
) -> None:
    told = answer(story, (repository[0], repository[1]))
    checkout = Path(repository[0].removeprefix("file://"))
    question = review(
        home, told, LIMITS, signer=SIGNER, said=PersonSays(*repository), own_checkout=checkout
    )
    assert question.plan == PLAN


def test_listing_under_another_key_than_at_first_is_refused(
    home: ClientHome, story: Story, repository: tuple[str, str]
) -> None:
    reviewed(home, answer(story, repository))
    other = SigningKey.generate()
    told = answer(
        story,
        repository,
        publications=[
            published(
                story,
                listing=sign_record(other, story.listing).encode().decode(),
                manifest=sign_record(other, story.manifest).encode().decode(),
            )
        ],
    )
    with pytest.raises(Refused) as caught:
        reviewed(home, told)
    assert caught.value.code == "owner-key-changed"


ALTERED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "dearer": lambda told: {"rho_units": told["rho_units"] + 1},
    "another quote": lambda told: {"quote": told["quote"].replace('"version"', '"versiom"') + " "},
    "another hash": lambda _told: {"plan_hash": "0" * 64},
    "another version": lambda _told: {"datasets": [{"dataset": DATASET, "version": 2}]},
    "more epsilon": lambda _told: {"epsilon": "2"},
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_the_client_computes_otherwise_is_not_signed(
    home: ClientHome, story: Story, repository: tuple[str, str], what: str
) -> None:
    told = answer(story, repository)
    with pytest.raises(Refused) as caught:
        reviewed(home, told | ALTERED[what](told))
    assert caught.value.code == "job-altered"


@pytest.mark.parametrize("name", ["commit", "dataset", "epsilon", "repository"])
def test_what_this_client_did_not_submit_is_not_signed(
    home: ClientHome, story: Story, repository: tuple[str, str], name: str
) -> None:
    submission = replace(Submission(*repository, DATASET, "1"), **{name: "other"})
    home.write_job(JOB, "submission.json", wire.encode(submission))
    with pytest.raises(Refused) as caught:
        reviewed(home, answer(story, repository))
    assert caught.value.code == "job-altered"
    assert "other" in caught.value.message


def test_job_without_a_plan_has_nothing_to_sign(
    home: ClientHome, story: Story, repository: tuple[str, str]
) -> None:
    with pytest.raises(Conflict) as caught:
        reviewed(home, answer(story, repository, plan=PLAN) | {"plan": None, "state": "submitted"})
    assert caught.value.code == "nothing-to-sign"
