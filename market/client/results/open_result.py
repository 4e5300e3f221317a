"""Open a sealed result on the recipient's own machine: check, unseal, add the shares, decode.

The platform is asked for the bundle once and hears nothing more: neither that it opened nor that it
did not. What was opened is kept, so that looking at it again asks nobody.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial

from crypto import canonical
from crypto.canonical import Json
from crypto.envelope import RecipientKey, envelope_info, open_sealed
from crypto.errors import CryptoError
from market import wire
from market.client.kept.home import ClientHome
from market.client.kept.kept_agents import keep_agents
from market.client.kept.kept_program import forget_program
from market.client.kept.kept_question import Question, keep_question
from market.client.kept.keys import Keyring
from market.client.kept.pins import check_pin
from market.client.results.open_sums import SharesFound, open_sums, require_possible
from market.client.results.opened_answers import (
    OwnersAnswers,
    answer_json,
    answers_by_dataset,
    answers_of,
)
from market.client.verify.check_bundle import CheckedBundle, Expected, check_bundle
from market.client.verify.check_party import CheckedParty
from market.client.verify.kept_publication import keep_publication, kept_publication
from market.client.verify.publication import read_publication
from market.client.verify.result_invalid import invalid
from market.client.verify.verify_receipt import require_plan
from market.errors import NotFound, Refused
from market.plan.answers import Answer
from market.records.delivery import Bundle, Envelope, SealedShares
from market.records.union import Values


@dataclass(frozen=True, slots=True)
class AnsweredDataset:
    """A dataset version that was asked, or a consortium under the agreement of this number."""

    dataset: str
    version: int


@dataclass(frozen=True, slots=True)
class OpenedReceipt:
    """One party's receipt: `rho_units` is what it charges the allocation, 0 when this buyer has had
    these answers; `plan_salt` opens its commitment to the plan; `file` is where it is kept in the
    job's folder. `member` is the organisation whose it is in a consortium, and the dataset whose it
    is among several; of one it is empty."""

    member: str
    receipt: str
    rho_units: int
    plan_salt: str
    file: str


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """How far a consortium's answer can be relied on.

    Attributes:
        is_verified: the members verified each other's arithmetic; else one who follows the
            protocol wrongly may have spoilt it unnoticed.
        is_consistent: nobody lied in delivering: all shares lie on one polynomial.
        is_complete: every member delivered; `missing` are the organisations of those who did not.
        liars: organisations whose shares were corrected.
    """

    is_verified: bool
    is_consistent: bool
    is_complete: bool
    missing: tuple[str, ...]
    liars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedResult:
    """What was asked, answered; and what it cost the people in the data.

    Attributes:
        epsilon, delta: of the plan, whether or not it was charged again.
        plan_hash: with a receipt and its salt it shows which question was answered.
        values: which values of several owners' datasets were opened; None of one.
        by_dataset: each owner's own answers, where they were.
        session: of a consortium's answer, else None.
    """

    job: str
    datasets: tuple[AnsweredDataset, ...]
    answers: tuple[Answer, ...]
    epsilon: str
    delta: str
    plan_hash: str
    receipts: tuple[OpenedReceipt, ...]
    session: OpenedSession | None
    values: Values | None = None
    by_dataset: tuple[OwnersAnswers, ...] = ()

    def to_json(self) -> Json:
        """A JSON value; answers are numbers with their 95 % half-widths."""
        return {name: wire.to_json(getattr(self, name)) for name in self.__slots__} | {
            "answers": [answer_json(answer) for answer in self.answers],
            "by_dataset": [one.to_json() for one in self.by_dataset],
        }


def open_job(
    home: ClientHome,
    keyring: Keyring,
    job: str,
    data: bytes,
    *,
    platform_key: str,
    accepts_unverified: bool = False,
) -> OpenedResult:
    """Open a job's bundle and keep the result.

    Args:
        accepts_unverified: the person opens a consortium's answer, this once, though a member has
            not delivered or has lied; the answer says so.

    Raises:
        NotFound: this client did not sign the job.
        Refused: a check failed (market.client.verify.check_bundle); the bundle is kept as evidence.
            `result-unverified`: the members' shares do not show that nobody lied.
    """
    request_text = home.read_job(job, "request.json")
    if request_text is None:
        keep_bundle(home, job, data)
        raise NotFound(
            "not-signed-here",
            f"Job {job} was not signed with the keys in {home.path}.",
            f"Open it where it was signed; there, market result share {job} --with YOU seals it to "
            "you, if you are of the same organisation.",
        )
    buyer, recipient = keyring.identity().public, keyring.recipient(job)
    expected = Expected(
        request_text=request_text.decode(),
        buyer_key=buyer.hex,
        buyer=buyer.fingerprint(),
        recipient_key=recipient.public_hex,
        platform_key=platform_key,
        pin=partial(check_pin, home),
        keep_first=partial(home.write_job_once, job, "platform.json"),
    )
    return open_expected(
        home, job, data, expected, recipient, accepts_unverified=accepts_unverified
    )


def open_expected(
    home: ClientHome,
    job: str,
    data: bytes,
    expected: Expected,
    recipient: RecipientKey,
    *,
    accepts_unverified: bool,
) -> OpenedResult:
    """Open a job's bundle by what this client knows of it, and keep the result.

    Raises:
        Refused: as `open_job`.
    """
    keep_bundle(home, job, data)
    checked = check_bundle(data, expected)
    result = open_checked(checked, recipient, accepts_unverified=accepts_unverified)
    _keep_who_answers(home, data)
    for party, receipt in zip(checked.parties, result.receipts, strict=True):
        home.write_job(job, receipt.file, party.receipt_text.encode())
    keep_question(home, job, Question(checked.quote.lowered.plan, checked.quote.lowered.schema))
    home.write_job(job, "result.json", json.dumps(result.to_json()).encode())
    forget_program(home, job)
    return result


def keep_bundle(home: ClientHome, job: str, data: bytes) -> None:
    """Keep what was delivered; a second, different bundle beside the first, since together they
    may be evidence."""
    if home.write_job_once(job, "bundle.json", data) != data:
        home.write_job(job, f"bundle-{hashlib.sha256(data).hexdigest()[:16]}.json", data)


def _keep_who_answers(home: ClientHome, data: bytes) -> None:
    # By it the receipt's agent is known here later; a newer one that is kept already stays.
    bundle = wire.from_json(Bundle, canonical.loads(data))
    if bundle.consortium is not None:
        keep_agents(home, bundle.consortium)
    for listing, manifest in zip(bundle.listings, bundle.manifests, strict=True):
        if kept_publication(home, read_publication(listing, manifest).listing.dataset) is None:
            keep_publication(home, listing, manifest)


def open_checked(
    checked: CheckedBundle, recipient: RecipientKey, *, accepts_unverified: bool = False
) -> OpenedResult:
    """Unseal a checked bundle, one seal for every party, and decode its answers.

    Raises:
        Refused: `result-invalid` when a seal does not open or holds other outputs;
            `receipt-plan` when a receipt commits to another plan; `result-unverified`.
    """
    plan_hash = checked.request.plan_hash
    sealed = tuple(_unseal(party.envelope, recipient) for party in checked.parties)
    released = tuple(zip(checked.parties, sealed, strict=True))
    for party, shares in released:
        require_plan(party.receipt, salt=shares.plan_salt, plan_hash=plan_hash)
    sums = open_sums(checked, sealed)
    if sums.found is not None and not (sums.found.is_sound or accepts_unverified):
        raise _unverified(checked.request.job, sums.found)
    require_possible(checked, sums)
    return OpenedResult(
        job=checked.request.job,
        datasets=tuple(
            AnsweredDataset(named.dataset, named.version) for named in checked.source.named
        ),
        answers=answers_of(checked.quote, sums.values, checked.quote.lattice),
        epsilon=checked.quote.epsilon,
        delta=checked.quote.delta,
        plan_hash=plan_hash,
        receipts=tuple(_opened(party, shares, checked) for party, shares in released),
        session=_session(checked, sums.found),
        values=checked.source.values,
        by_dataset=answers_by_dataset(checked.quote, sums.by_dataset),
    )


def _session(checked: CheckedBundle, found: SharesFound | None) -> OpenedSession | None:
    terms = checked.request.session
    if found is None or terms is None:
        return None
    return OpenedSession(
        is_verified=terms.is_verified,
        is_consistent=found.is_consistent,
        is_complete=not found.missing,
        missing=found.missing,
        liars=found.liars,
    )


def _opened(party: CheckedParty, sealed: SealedShares, checked: CheckedBundle) -> OpenedReceipt:
    receipt, agreement = party.receipt.receipt, checked.agreement
    is_one = len(checked.request.parties) == 1
    file = "receipt.json" if is_one else f"receipt-{party.agent[:16]}.json"
    member = "" if is_one else receipt.names[0]
    if agreement is not None:
        member = agreement.member_of(party.agent).organisation
    return OpenedReceipt(member, receipt.receipt, receipt.rho_units, sealed.plan_salt, file)


def _unverified(job: str, found: SharesFound) -> Refused:
    reasons = []
    if found.missing:
        reasons.append(f"{', '.join(found.missing)} did not deliver")
    if found.liars:
        reasons.append(f"the shares of {', '.join(found.liars)} are wrong and were corrected")
    elif not found.is_consistent:
        reasons.append("the shares do not belong together, and whose is wrong cannot be known")
    return Refused(
        "result-unverified",
        f"The members' shares do not show that nobody lied: {'; '.join(reasons)}.",
        "Submit the job again, or take the answer as it is, this once: "
        f"market result open {job} --accept-unverified",
    )


def _unseal(envelope: Envelope, recipient: RecipientKey) -> SealedShares:
    header = envelope.header
    try:
        plaintext = open_sealed(
            envelope.sealed,
            recipient,
            info=envelope_info(header.agent, header.recipient_key),
            aad=wire.encode(header),
        )
        return wire.from_json(SealedShares, canonical.loads(plaintext))
    except CryptoError as error:
        raise invalid(f"{error}") from error
