"""One signed document of every record, and the digests that records name things by."""

from __future__ import annotations

from collections.abc import Sequence

from world.builders import (
    NOW,
    a_grant,
    a_listing,
    a_manifest,
    a_revocation,
    a_schema,
    a_standing,
    a_version_drop,
    an_appointment,
)
from world.consortium_builders import (
    MEMBERS,
    a_binding,
    a_consent,
    a_consortium,
    a_departure,
    a_join_proposal,
    a_joining,
    a_session_abort,
    a_session_join,
    agent_name,
    agreement_of,
)
from world.job_builders import a_job, a_receipt, a_refusal, a_request, an_approval
from world.people import a_key

from crypto.canonical import Json
from crypto.envelope import envelope_info
from crypto.parameters import PRODUCTS
from market import wire
from market.agent.release import receipt_id
from market.plan.expression import Column
from market.plan.plan import NamedStatistic, Plan, plan_hash
from market.plan.statistics import Count, Mean
from market.records.audit import FIRST_PREVIOUS, AuditEntry, AuditHead
from market.records.delivery import (
    DeliveredDataset,
    DeliveredParty,
    DeliveryStatement,
    Envelope,
    EnvelopeHeader,
    OpenedOutput,
)
from market.records.notice import NoticeRecord
from market.records.receipt import Countersignature, plan_commitment
from market.records.session import seal_of
from market.records.shared_result import ReaderKey, SharedHeader, SharedResult
from market.records.signed import Record, record_hash, sign_record

_AGENT = a_key("agent").public.hex
_RECIPIENT = "ab" * 32
_SALT = "5a" * 32
_PLAN = Plan(
    3,
    ("clinic-visits",),
    "gaussian",
    (NamedStatistic("rows", 1, Count()), NamedStatistic("age", 2, Mean(Column("age")))),
)


def signed_records() -> Json:
    """Each record under the key of who signs it: seed, document and hash."""
    return {"cases": [_case(record, signer) for record, signer in _records()]}


def _records() -> Sequence[tuple[Record, str]]:
    manifest = a_manifest()
    listing = a_listing(manifest)
    job = a_job(plan_hash=plan_hash(_PLAN, (a_schema(),)), rho_units=10**9)
    request = a_request(job, listing, recipient_key=_RECIPIENT)
    envelope = Envelope(_header(request.plan_hash, record_hash(request)), "5ea1ed" * 20)
    receipt = a_receipt(
        plan_commitment=plan_commitment(_SALT, request.plan_hash),
        request_hash=record_hash(request),
        envelope_hash=record_hash(envelope),
    )
    statement = DeliveryStatement(
        job.job,
        (DeliveredDataset("clinic-visits", 1, record_hash(manifest), "0d" * 32),),
        (DeliveredParty(_AGENT, record_hash(envelope), record_hash(receipt)),),
        request.plan_hash,
        record_hash(request),
        PRODUCTS.name,
    )
    countersignature = Countersignature(record_hash(receipt), record_hash(envelope), NOW)
    return (
        (listing, "owner"),
        (manifest, "owner"),
        (a_standing(), "owner"),
        (a_version_drop(), "owner"),
        (a_grant(), "owner"),
        (a_revocation(), "owner"),
        (an_appointment(), "owner"),
        (request, "buyer"),
        (an_approval(request), "agent"),
        (a_refusal(request), "owner"),
        (envelope, "agent"),
        (receipt, "agent"),
        (countersignature, "platform"),
        (statement, "platform"),
        *_of_colleagues(job.job, record_hash(request), record_hash(statement)),
        *_of_consortium(record_hash(request)),
        *_of_platform(),
    )


def _of_colleagues(
    job: str, request_hash: str, statement_hash: str
) -> Sequence[tuple[Record, str]]:
    header = SharedHeader(
        job=job,
        request_hash=request_hash,
        statement_hash=statement_hash,
        sharer=a_key("buyer").public.hex,
        recipient=a_key("colleague").public.hex,
        reader_key=_RECIPIENT,
        issued_at=NOW + 9,
    )
    return (
        (ReaderKey("bea", _RECIPIENT, NOW), "colleague"),
        (SharedResult(header, "5e" * 80), "buyer"),
    )


def _of_consortium(request_hash: str) -> Sequence[tuple[Record, str]]:
    """Of a join, since it has all that a union has, and a seat without data."""
    proposal = a_join_proposal()
    organisation = proposal.proposer
    member = MEMBERS[organisation]
    agreement = agreement_of(a_consortium("joined", proposal))
    agent = agent_name(agreement.members[0].organisation)
    return (
        (proposal, member),
        (a_joining(proposal, organisation), member),
        (a_consent(agreement, organisation), member),
        (a_binding(agreement, organisation), member),
        (a_departure(agreement, organisation), member),
        (a_session_join(request_hash, agreement), agent),
        (a_session_abort(request_hash, agreement), agent),
    )


def _of_platform() -> Sequence[tuple[Record, str]]:
    entry = AuditEntry(
        number=1,
        previous=FIRST_PREVIOUS,
        at=NOW,
        by="ada",
        act="roles-set",
        subject="bob",
        before="buyer",
        after="buyer,owner",
        not_done=None,
        code="",
    )
    notice = NoticeRecord(
        notice="5a" * 16,
        user="bob",
        kind="sign",
        subject="job-0123456789ab",
        text="Job job-0123456789ab waits for your signature.",
        url="https://market.example.org/jobs/job-0123456789ab",
        since=NOW,
        issued_at=NOW + 5,
    )
    head = AuditHead(1, "0d" * 32, NOW)
    return ((entry, "platform"), (head, "platform"), (notice, "platform"))


def _header(plan: str, request: str) -> EnvelopeHeader:
    return EnvelopeHeader(
        receipt=receipt_id(_AGENT, request),
        job="job-1",
        request_hash=request,
        plan_hash=plan,
        manifest_hashes=(record_hash(a_manifest()),),
        outputs=(OpenedOutput("#valid", 1, "gaussian", str(2**120)),),
        platform_digest="0d" * 32,
        parameters=PRODUCTS.name,
        agent=_AGENT,
        recipient_key=_RECIPIENT,
    )


def _case(record: Record, signer: str) -> Json:
    return {
        "document": sign_record(a_key(signer), record).encode().decode(),
        "hash": record_hash(record),
        "seed": a_key(signer).seed().reveal().hex(),
        "tag": record.TAG,
    }


def digests() -> Json:
    """What is named by a digest of several things, and what an envelope is sealed under."""
    header = _header(plan_hash(_PLAN, (a_schema(),)), "0e" * 32)
    agreement = agreement_of(a_consortium("joined", a_join_proposal()))
    joins = ["1d" * 32, "0d" * 32, "2d" * 32]
    return {
        "agreement": {
            "agreement": wire.to_json(agreement),
            "hash": record_hash(agreement),
        },
        "seal": {
            "agreement_hash": record_hash(agreement),
            "joins": list(joins),
            "request_hash": "0e" * 32,
            "seal": seal_of(record_hash(agreement), "0e" * 32, joins),
        },
        "plan": {
            "hash": plan_hash(_PLAN, (a_schema(),)),
            "plan": wire.to_json(_PLAN),
            "schemas": [wire.to_json(a_schema())],
        },
        "commitment": {
            "commitment": plan_commitment(_SALT, "0c" * 32),
            "plan_hash": "0c" * 32,
            "salt": _SALT,
        },
        "receipt_id": {
            "agent": _AGENT,
            "id": receipt_id(_AGENT, "0e" * 32),
            "request_hash": "0e" * 32,
        },
        "envelope": {
            "aad": wire.encode(header).decode(),
            "agent": _AGENT,
            "info": envelope_info(_AGENT, _RECIPIENT).hex(),
            "recipient_key": _RECIPIENT,
        },
    }
