"""What buyers check before they sign, and their signature.

Rules: listing and manifest are signed by the owner's key as first seen, or a consortium's agreement
by keys that somebody has compared; the job says what this client submitted, or the person named its
repository and commit; the plan is rebuilt from the commit on this machine, in the sandbox, and must
be the platform's byte for byte; the price is computed here. The recipient key is made for this job
and stored before the request leaves. A request once made is sent again: a job has one signature.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import CryptoError
from crypto.identity import PublicKey, SigningKey
from market.adapters.repository import FetchLimits
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.kept.kept_program import kept_program
from market.client.kept.kept_subject import keep_subject
from market.client.kept.keys import Keyring
from market.client.questions.confirm_program import PersonSays, read_submission, require_confirmed
from market.client.questions.rebuild_plan import (
    Nearby,
    build_own_commit,
    build_submitted,
    require_same,
)
from market.client.verify.appointment import require_appointed
from market.client.verify.asked_source import AskedSource, shown_source, source_of_publications
from market.client.verify.kept_publication import asked_publication
from market.errors import Conflict, Refused
from market.plan.human import describe
from market.plan.lowered import lower
from market.plan.plan import Plan, plan_hash
from market.policy.budget.price import price_of
from market.policy.consortia.session_fit import unfit
from market.policy.consortia.session_words import describe_session
from market.policy.listing.union_words import describe_union
from market.policy.submission.submission import Submission
from market.pricing.cost_words import cost_line
from market.pricing.error_words import ERRORS, error_lines
from market.pricing.loss import compared_losses
from market.pricing.quote import Quote
from market.pricing.quote_document import quote_document
from market.records.appointment import AgentKeys
from market.records.request import Request
from market.records.signed import open_signed, sign_record
from market.records.union import UnionTerms

REQUEST_LIFETIME_SECONDS = 14 * 24 * 3_600
_NOWHERE = Nearby()


@dataclass(frozen=True, slots=True)
class RequestToSign:
    """Everything a request will name, checked.

    `recipient` is the fingerprint of the identity key that will sign, `agents` of each dataset the
    keys of the agent that its owner has appointed; none of a consortium.
    """

    job: str
    submission: Submission
    source: AskedSource
    agents: tuple[AgentKeys, ...]
    plan: Plan
    plan_hash: str
    quote: Quote
    recipient: str

    @property
    def is_verified(self) -> bool:
        """Whether a consortium's members verify each other's arithmetic."""
        return self.submission.verified == "yes"

    @property
    def union(self) -> UnionTerms | None:
        """What the request says of several owners; None where there is one."""
        values = self.source.values
        return None if values is None else UnionTerms(values, self.agents)

    @property
    def words(self) -> str:
        """What exactly will be opened, by whom, for what, at what cost, and how exactly."""
        lowered, agreement = self.quote.lowered, self.source.agreement
        errors = (f"  {line}" for line in error_lines(quote_document(self.quote)))
        opened = "\n".join([describe(lowered), cost_line(self.quote), ERRORS, *errors])
        if self.source.values is not None:
            return f"{describe_union(self.source.values, self.quote.lattice)}\n{opened}"
        if agreement is None:
            return opened
        session = describe_session(
            agreement, lowered, is_verified=self.is_verified, recipient=self.recipient
        )
        return f"{session}\n{opened}"


def review(
    home: ClientHome,
    answer: Mapping[str, Json],
    limits: FetchLimits,
    *,
    signer: PublicKey,
    said: PersonSays,
    own_checkout: Path | None = None,
    nearby: Nearby = _NOWHERE,
) -> RequestToSign:
    """Check a planned job, rebuilding its plan.

    Args:
        answer: GET /jobs/<job>.
        signer: the identity key that is to sign.
        said: the program in the person's own words, needed for a job this client did not submit.
        nearby: where the program is looked for, where its client has not kept it.
        own_checkout: build from the person's own checkout here, without a sandbox; they said so.

    Raises:
        Refused: whatever does not hold; nothing was signed.
        Conflict: the job has no plan to sign.
    """
    submission, is_ours = read_submission(home, answer)
    if not is_ours:
        require_confirmed(str(answer["job"]), submission, said)
    source, agents = _source(home, answer, signer)
    asked = source.program_input
    if own_checkout is None:
        kept = kept_program(home, str(answer["job"]))
        built = build_submitted(submission, kept, asked, limits, nearby)
    else:
        built = build_own_commit(own_checkout, submission.commit, asked, limits)
    require_same(built.plan, str(answer["plan"]), asked)
    priced = _price(answer, submission, source, built.plan)
    question = RequestToSign(
        job=str(answer["job"]),
        submission=submission,
        source=source,
        agents=agents,
        plan=built.plan,
        plan_hash=plan_hash(built.plan, asked.schemas),
        quote=priced,
        recipient=signer.fingerprint(),
    )
    _require_session(question)
    keep_subject(home, question.job, str(answer.get("subject", "")))
    return question


def _source(
    home: ClientHome, answer: Mapping[str, Json], signer: PublicKey
) -> tuple[AskedSource, tuple[AgentKeys, ...]]:
    """What a job asks, and of each dataset the agent that its owner has appointed."""
    if answer["plan"] is None:
        raise Conflict(
            "nothing-to-sign",
            f"Job {answer['job']} is {answer['state']}; it has no plan to sign.",
            str(answer.get("next_action") or "Look at it again in a moment: market job show."),
        )
    asked = [(one["dataset"], one["version"]) for one in answer["datasets"]]
    agents: tuple[AgentKeys, ...] = ()
    if answer["consortium"] is None:
        source, agents = _published(home, answer)
    else:
        name = str(answer["datasets"][0]["dataset"])
        source = shown_source(home, name, answer["consortium"], signer=signer)
    found = [(named.dataset, named.version) for named in source.named]
    if found != asked:
        raise _altered(f"it asks {', '.join(f'{name} version {n}' for name, n in found)}")
    return source, agents


def _published(
    home: ClientHome, answer: Mapping[str, Json]
) -> tuple[AskedSource, tuple[AgentKeys, ...]]:
    publications, agents = [], []
    for shown in answer["publications"]:
        publication = asked_publication(home, str(shown["listing"]), str(shown["manifest"]))
        agents.append(require_appointed(home, publication, str(shown["appointment"])))
        publications.append(publication)
    if not publications:
        raise _altered("it shows no dataset")
    return source_of_publications(publications), tuple(agents)


def _price(
    answer: Mapping[str, Json], submission: Submission, source: AskedSource, plan: Plan
) -> Quote:
    """The quote that this client computes, where the platform's answer says the same."""
    digest = plan_hash(plan, source.program_input.schemas)
    if answer["plan_hash"] != digest:
        raise _altered(f"it gives plan hash {answer['plan_hash']}, expected {digest}")
    lowered = lower(plan, source.schema)
    priced = price_of(lowered, source.policy, submission.epsilon, source.lattice)
    if (answer["rho_units"], str(answer["quote"]).encode()) != (
        priced.rho_units,
        canonical.dumps(quote_document(priced)),
    ):
        asked, computed = compared_losses(
            answer["rho_units"], priced.rho_units, source.policy.delta
        )
        raise _altered(
            f"it asks {asked}; epsilon {submission.epsilon} gives {computed} with the quote "
            "computed here"
        )
    return priced


def _require_session(question: RequestToSign) -> None:
    """That a consortium's members can compute the plan in such a session (raises Refused)."""
    agreement = question.source.agreement
    if agreement is None:
        return
    lowered = question.quote.lowered
    if denied := unfit(agreement.proposal, lowered, is_verified=question.is_verified):
        raise denied.error()


def make_request(question: RequestToSign, recipient_key: str, *, nonce: str, now: int) -> Request:
    """The request for a question, to one recipient key (hex)."""
    source = question.source
    return Request(
        job=question.job,
        datasets=source.named,
        parties=source.parties,
        plan_hash=question.plan_hash,
        rho_units=question.quote.rho_units,
        recipient_key=recipient_key,
        nonce=nonce,
        created_at=now,
        expires_at=now + REQUEST_LIFETIME_SECONDS,
        session=source.session(is_verified=question.is_verified),
        union=question.union,
    )


def sign(home: ClientHome, keyring: Keyring, question: RequestToSign, *, now: int) -> str:
    """The signed request, stored before anybody sees it; the stored one if there is one.

    Raises:
        Conflict: this client signed another question for this job.
    """
    key = keyring.identity()
    kept = home.read_job(question.job, "request.json")
    if kept is not None:
        return _same_request(kept.decode(), question, key)
    recipient = keyring.make_recipient(question.job)
    request = make_request(question, recipient.public_hex, nonce=secrets.token_hex(16), now=now)
    signed = sign_record(key, request).encode()
    return home.write_job_once(question.job, "request.json", signed).decode()


def _same_request(text: str, question: RequestToSign, key: SigningKey) -> str:
    try:
        request = open_signed(Request, text.encode(), signer=key.public.hex).record
    except CryptoError as error:
        raise Conflict(
            "request-unreadable",
            f"The request stored for job {question.job} is not this identity's: {error}.",
            "Use the home it was signed in, or cancel the job and submit it again.",
        ) from error
    again = make_request(
        question, request.recipient_key, nonce=request.nonce, now=request.created_at
    )
    if again != request:
        before, anew = compared_losses(
            request.rho_units, question.quote.rho_units, question.quote.delta
        )
        raise Conflict(
            "signed-otherwise",
            f"Job {question.job} was signed before for plan {request.plan_hash[:16]} at "
            f"{before}; now it asks for {question.plan_hash[:16]} at {anew}.",
            "Do not sign twice. Cancel the job and submit it again.",
        )
    return text


def send(portal: PortalClient, job: str, request_text: str) -> dict[str, Json]:
    """Hand the signed request in; again changes nothing. The portal's answer.

    Raises:
        MarketError: what the portal answered.
    """
    answer: dict[str, Json] = portal.post(f"jobs/{job}/request", {"request": request_text})
    return answer


def _altered(reason: str) -> Refused:
    return Refused(
        "job-altered",
        f"The job is not what this client computes: {reason}.",
        "Do not sign. Cancel the job and submit it again; if it repeats, tell the dataset's owner.",
    )
