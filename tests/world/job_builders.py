"""Records of jobs: each function gives a whole, valid one; keyword arguments change fields.

A job, its request, and what the agent answers each fit what they are made from.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from crypto.parameters import PRODUCTS
from market.entities.documents import Kind
from market.entities.job import AskedDataset, Job
from market.ports.jobs import Jobs
from market.records.approval import Approval, Refusal
from market.records.delivery import (
    DeliveryStatement,
    Envelope,
    EnvelopeHeader,
    Share,
    shares_digest,
)
from market.records.listing import Listing
from market.records.manifest import Manifest
from market.records.receipt import (
    FIRST_PREVIOUS,
    Receipt,
    ReceiptedDataset,
    plan_commitment,
    receipted,
)
from market.records.request import Request, RequestedDataset
from market.records.signed import record_hash
from world.builders import DATASET, DAY, LINEAGE, NOW
from world.people import BOB, a_key, fingerprint


def a_job(**changes: Any) -> Job:
    """A submitted job of `bob`."""
    job = Job(
        job="job-1",
        run="submit_north-lab/run-1",
        organisation=BOB.organisation,
        buyer=BOB.user,
        buyer_key=BOB.identity_key,
        datasets=(AskedDataset(DATASET, 1),),
        parties=(a_key("agent").public.hex,),
        repository="https://git.example.org/questions.git",
        commit="ab" * 20,
        epsilon="0.5",
        state="submitted",
        created_at=NOW,
        updated_at=NOW,
        deadline=NOW + 3_600,
    )
    return replace(job, **changes)


def carried(jobs: Jobs, job: Job, kind: Kind) -> str:
    """A document of a job, empty until there is one; of those of parties, the first party's."""
    return next(iter(jobs.documents(job.job).by_party(kind).values()), "")


D = TypeVar("D", Request, Receipt, DeliveryStatement)


def with_dataset(record: D, **changes: Any) -> D:
    """A record about one dataset, of which it says something else."""
    (named,) = record.datasets
    return replace(record, datasets=(replace(named, **changes),))


def a_request(job: Job, /, *listings: Listing, **changes: Any) -> Request:
    """The request that fits a planned job, of the datasets listed."""
    fitting: dict[str, Any] = {
        "job": job.job,
        "datasets": tuple(
            RequestedDataset(
                asked.dataset,
                asked.version,
                listing.manifest_hash,
                listing.policy.price_cents,
                listing.edition,
            )
            for asked, listing in zip(job.datasets, listings, strict=False)
        ),
        "parties": job.parties,
        "plan_hash": job.plan_hash or "",
        "rho_units": job.rho_units,
        "recipient_key": "ab" * 32,
        "nonce": "0123456789abcdef" * 2,
        "created_at": NOW,
        "expires_at": NOW + 5 * DAY,
    }
    # Changed before it is made: a union is valid with all it names alone.
    return Request(**fitting | changes)


def an_approval(request: Request, buyer: str = "bob", **changes: Any) -> Approval:
    """The approval that fits a request."""
    approval = Approval(
        job=request.job,
        party=request.parties[0],
        request_hash=record_hash(request),
        plan_hash=request.plan_hash,
        manifest_hashes=request.manifest_hashes,
        buyer=fingerprint(buyer),
        recipient_key=request.recipient_key,
        rho_units=request.rho_units,
        nonce=request.nonce,
        created_at=NOW,
        expires_at=request.expires_at,
    )
    return replace(approval, **changes)


def a_refusal(request: Request, **changes: Any) -> Refusal:
    """The refusal that fits a request."""
    refusal = Refusal(
        job=request.job,
        party=request.parties[0],
        request_hash=record_hash(request),
        manifest_hashes=request.manifest_hashes,
        code="owner-declined",
        message="The owner declined.",
        next_action="Ask them why.",
        created_at=NOW,
    )
    return replace(refusal, **changes)


def a_header(
    request: Request, manifest: Manifest, shares: tuple[Share, ...], **changes: Any
) -> EnvelopeHeader:
    """The header of the release of a request, over the platform's shares."""
    header = EnvelopeHeader(
        receipt=f"receipt-{request.job}",
        job=request.job,
        request_hash=record_hash(request),
        plan_hash=request.plan_hash,
        manifest_hashes=request.manifest_hashes,
        outputs=(),
        platform_digest=shares_digest(shares, PRODUCTS),
        parameters=PRODUCTS.name,
        agent=manifest.agent,
        recipient_key=request.recipient_key,
    )
    return replace(header, **changes)


def an_envelope(header: EnvelopeHeader) -> Envelope:
    """An envelope of which the platform can tell as little as of a sealed one."""
    return Envelope(header, sealed="5ea1ed" * 20)


def a_receipt(**changes: Any) -> Receipt:
    """The first receipt of an agent."""
    receipt = Receipt(
        receipt="receipt-1",
        sequence=1,
        previous=FIRST_PREVIOUS,
        datasets=(ReceiptedDataset(DATASET, 1, "ab" * 32, (LINEAGE,), 1),),
        buyer=fingerprint("bob"),
        rho_units=10**9,
        plan_commitment="cd" * 32,
        request_hash="ef" * 32,
        envelope_hash="01" * 32,
        issued_at=NOW,
    )
    return replace(receipt, **changes)


def a_receipt_for(
    request: Request, manifest: Manifest, envelope: Envelope, **changes: Any
) -> Receipt:
    """The first receipt of an agent, for this release."""
    fitting = {
        "receipt": envelope.header.receipt,
        "datasets": (receipted(manifest, record_hash(manifest)),),
        "rho_units": request.rho_units,
        "plan_commitment": plan_commitment("0" * 64, request.plan_hash),
        "request_hash": record_hash(request),
        "envelope_hash": record_hash(envelope),
    }
    return a_receipt(**fitting | changes)
