"""What a session leaves: the sealed shares and their receipt, or an abort, and the receipt of a
charge that bought nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crypto.identity import SigningKey
from crypto.mpc.aborts import NOBODY
from market.agent.release import receipt_id, sealed_envelope
from market.agent.sessions.prepare import Prepared
from market.pricing.lattice import MEMBERS
from market.records.agreement import Agreement
from market.records.delivery import EnvelopeHeader, OpenedOutput, SealedShares, Share
from market.records.receipt import NO_ENVELOPE, Receipt, plan_commitment
from market.records.session import SessionAbort
from market.records.signed import record_hash, sign_record
from market.vault.store.sessions import Aborted, Run
from market.vault.store.spending import Sealed


@dataclass(frozen=True, slots=True)
class Author:
    """Who signs, and when; `salt` keeps a receipt's plan from being guessed."""

    key: SigningKey
    salt: str
    now: int


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a session gave no result. `accused`, and `reported_by` where it is another's word, are
    parties' keys in hex, or empty."""

    stage: str
    accused: str
    code: str
    message: str
    reported_by: str = ""


def ending_of(agreement: Agreement, own: str, event: Mapping[str, Any]) -> Ending:
    """How a session ended, by the worker's event, for the party `own` (its key in hex)."""
    accused, reported_by = (
        "" if event[name] == NOBODY else agreement.parties[event[name] - 1]
        for name in ("party", "reported_by")
    )
    if reported_by and accused == own:
        # It knows better than whoever says so, and signs no more than it knows.
        accused = ""
    return Ending(event["stage"], accused, event["code"], event["reason"], reported_by)


def seal_release(
    author: Author, prepared: Prepared, shares: Sequence[str], sequence: int, previous: str
) -> Sealed:
    """Envelope and receipt of a session's result, for one place in the chain of receipts."""
    question, agent = prepared.question, author.key.public.hex
    outputs = prepared.price.outputs
    header = EnvelopeHeader(
        receipt=receipt_id(agent, question.request_hash),
        job=prepared.job,
        request_hash=question.request_hash,
        plan_hash=question.plan_hash,
        manifest_hashes=question.request.manifest_hashes,
        outputs=tuple(
            OpenedOutput(one.output, one.degree, one.law, str(one.scale_squared)) for one in outputs
        ),
        platform_digest="",
        parameters=MEMBERS,
        agent=agent,
        recipient_key=question.request.recipient_key,
        session=prepared.session.seal,
    )
    sealed = SealedShares(
        tuple(Share(one.output, share) for one, share in zip(outputs, shares, strict=True)),
        author.salt,
    )
    envelope = sealed_envelope(header, sealed)
    receipt = _receipt(author, prepared.run, sequence, previous, record_hash(envelope))
    return Sealed(
        sign_record(author.key, envelope).encode().decode(),
        sign_record(author.key, receipt).encode().decode(),
        record_hash(receipt),
    )


def seal_abort(author: Author, run: Run, ending: Ending, sequence: int, previous: str) -> Aborted:
    """A charged session's abort, with the receipt that its charge stays."""
    receipt = _receipt(author, run, sequence, previous, NO_ENVELOPE)
    return Aborted(
        abort_document(author, run, ending),
        sign_record(author.key, receipt).encode().decode(),
        record_hash(receipt),
    )


def abort_document(author: Author, run: Run, ending: Ending) -> str:
    """An agent's signed word that its session ended, where and why."""
    abort = SessionAbort(
        job=run.asked.job,
        party=author.key.public.hex,
        request_hash=run.asked.request_hash,
        seal=run.seal,
        stage=ending.stage,
        accused=ending.accused,
        reported_by=ending.reported_by,
        code=ending.code,
        message=ending.message,
        created_at=author.now,
    )
    return sign_record(author.key, abort).encode().decode()


def _receipt(author: Author, run: Run, sequence: int, previous: str, envelope_hash: str) -> Receipt:
    asked = run.asked
    return Receipt(
        receipt=receipt_id(author.key.public.hex, asked.request_hash),
        sequence=sequence,
        previous=previous,
        datasets=(run.held,),
        buyer=asked.buyer,
        rho_units=asked.rho_units,
        plan_commitment=plan_commitment(author.salt, run.plan_hash),
        request_hash=asked.request_hash,
        envelope_hash=envelope_hash,
        issued_at=author.now,
    )
