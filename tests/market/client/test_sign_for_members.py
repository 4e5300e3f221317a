"""A recipient signs a question to a consortium: the agreement first, then plan, price and terms."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from world.builders import NOW
from world.consortium_builders import (
    CONSORTIUM,
    a_binding,
    a_consent,
    a_join_proposal,
    a_joining,
    a_proposal,
    agreement_of,
    by_member,
)

from crypto import canonical
from crypto.identity import PublicKey
from crypto.secret import Secret
from market import wire
from market.adapters.repository import FetchLimits
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.client.kept.pins import member_name, pin_compared
from market.client.questions.confirm_program import PersonSays
from market.client.questions.sign_request import RequestToSign, review, sign
from market.entities.consortium import Consortium
from market.errors import Conflict, Refused
from market.plan.expression import Column
from market.plan.lowered import lower
from market.plan.plan import NamedStatistic, Plan, plan_hash
from market.plan.statistics import Count, Mean
from market.policy.budget.price import price_of
from market.policy.consortia.consortium import with_binding, with_consent, with_joining
from market.policy.consortia.consortium_documents import documents_of
from market.policy.consortia.membership import member_policy
from market.pricing.lattice import member_lattice
from market.pricing.quote_document import quote_document
from market.records.consortium import Proposal
from market.records.request import Request
from market.records.session import SessionTerms
from market.records.signed import open_signed

pytestmark = pytest.mark.processes

PROGRAM = """
def build(ds):
    return {"rows": ds.count(), "age": ds["age"].mean()}
"""
PLAN = Plan(
    3,
    (CONSORTIUM,),
    "gaussian",
    (NamedStatistic("rows", 1, Count()), NamedStatistic("age", 1, Mean(Column("age")))),
)


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


@dataclass(frozen=True)
class Recipient:
    """A recipient's client, who has compared the keys of all members."""

    home: ClientHome
    keyring: Keyring
    repository: tuple[str, str]

    @property
    def key(self) -> PublicKey:
        return self.keyring.identity().public

    def consortium(self, proposal: Proposal | None = None) -> Consortium:
        """Agreed by all, with this recipient among those of every member."""
        proposal = proposal or a_proposal()
        found = Consortium(by_member(proposal, proposal.proposer))
        own = (self.key.fingerprint(),)
        for organisation in found.organisations:
            joining = a_joining(proposal, organisation, recipients=own)
            found = with_joining(found, by_member(joining, organisation))
        agreement = agreement_of(found)
        for organisation in found.organisations:
            found = with_consent(found, by_member(a_consent(agreement, organisation), organisation))
        for member in found.unbound:
            binding = a_binding(agreement, member.organisation)
            found = with_binding(found, by_member(binding, member.organisation))
        for joined in found.joinings:
            name = member_name(CONSORTIUM, joined.record.organisation)
            words = PublicKey.parse(joined.signer).fingerprint()
            pin_compared(self.home, "member", name, words, may_replace=True)
        return found

    def answer(self, consortium: Consortium, **changes: Any) -> dict[str, Any]:
        """GET /jobs/<job> of a planned job."""
        proposal = consortium.proposal.record
        policy = member_policy(proposal.policy, None)
        priced = price_of(lower(PLAN, proposal.schema), policy, "0.5", member_lattice(proposal))
        told = {
            "job": "job-0123456789ab",
            "state": "planned",
            "buyer": "olga",
            "repository": self.repository[0],
            "commit": self.repository[1],
            "datasets": [{"dataset": CONSORTIUM, "version": 1}],
            "engine": "members",
            "verified": False,
            "epsilon": "0.5",
            "rho_units": priced.rho_units,
            "plan_hash": plan_hash(PLAN, (proposal.schema,)),
            "plan": wire.encode(PLAN).decode(),
            "quote": canonical.dumps(quote_document(priced)).decode(),
            "publications": [],
            "consortium": wire.to_json(documents_of(consortium)),
            "next_action": "",
        }
        return told | changes

    def review(self, told: dict[str, Any]) -> RequestToSign:
        said = PersonSays(*self.repository)
        return review(self.home, told, FetchLimits(allow_file=True), signer=self.key, said=said)

    def signed(self, question: RequestToSign) -> Request:
        text = sign(self.home, self.keyring, question, now=NOW)
        return open_signed(Request, text.encode(), signer=self.key.hex).record


@pytest.fixture
def recipient(tmp_path: Path, repository: tuple[str, str]) -> Recipient:
    home = ClientHome(tmp_path / "home")
    keyring = Keyring(home, lambda: Secret(b""))
    keyring.make_identity(None)
    return Recipient(home, keyring, repository)


def test_request_names_agreement_members_and_terms(recipient: Recipient) -> None:
    consortium = recipient.consortium()
    question = recipient.review(recipient.answer(consortium))
    request = recipient.signed(question)
    assert request.manifest_hashes == (consortium.agreement_hash,)
    assert request.parties == agreement_of(consortium).parties
    assert request.session == SessionTerms(consortium.agreement_hash, is_verified=False)
    assert request.rho_units == question.quote.rho_units
    assert agreement_of(consortium).sentence in question.words
    assert "not verified" in question.words


def test_verified_session_is_asked_for_where_the_job_says_so(recipient: Recipient) -> None:
    told = recipient.answer(recipient.consortium(), verified=True)
    question = recipient.review(told)
    request = recipient.signed(question)
    assert request.session is not None
    assert request.session.is_verified
    with pytest.raises(Conflict) as refused:
        recipient.signed(replace(question, submission=replace(question.submission, verified="no")))
    assert refused.value.code == "signed-otherwise"


def test_join_beyond_its_count_is_not_signed_unverified(recipient: Recipient) -> None:
    consortium = recipient.consortium(a_join_proposal())
    with pytest.raises(Refused) as refused:
        recipient.review(recipient.answer(consortium))
    assert refused.value.code == "session-unverified"
    question = recipient.review(recipient.answer(consortium, verified=True))
    assert "join; columns of one member" in question.words
    assert question.quote.surcharge_rho_units > 10**6 - 1


def test_other_terms_than_the_members_consented_to_are_not_signed(recipient: Recipient) -> None:
    consortium = recipient.consortium()
    told = recipient.answer(consortium)
    # The price of other terms, under the agreement as it stands.
    policy = replace(consortium.proposal.record.policy, delta="0.00000001")
    other = recipient.consortium(replace(consortium.proposal.record, policy=policy))
    spoiled = told | {"quote": recipient.answer(other)["quote"]}
    with pytest.raises(Refused) as refused:
        recipient.review(spoiled)
    assert refused.value.code == "job-altered"


def test_agreement_that_is_not_the_jobs_is_not_signed(recipient: Recipient) -> None:
    told = recipient.answer(
        recipient.consortium(), datasets=[{"dataset": CONSORTIUM, "version": 2}]
    )
    with pytest.raises(Refused) as refused:
        recipient.review(told)
    assert refused.value.code == "job-altered"
