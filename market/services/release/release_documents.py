"""An agent's envelope and receipt as they arrive: they verify, fit their job, and each other."""

from __future__ import annotations

from crypto import canonical, parameters
from crypto.errors import CryptoError
from crypto.identity import PublicKey
from market import wire
from market.entities.documents import Documents
from market.entities.job import Job
from market.errors import Conflict, Refused
from market.pricing.loss import compared_losses, rho_text
from market.records.delivery import Envelope, shares_digest
from market.records.first_difference import first_difference
from market.records.receipt import (
    Countersignature,
    CountersignedReceipt,
    Receipt,
    is_well_placed,
)
from market.records.signed import Signed, open_signed, record_hash, sign_record
from market.services.compute.evaluate_job import shares_of
from market.services.compute.seal_job import seal_of_job
from market.services.platform import Platform
from market.services.sources import Part, source_of


def read_envelope(party: str, text: str) -> Envelope:
    """An envelope that this party signed (raises Refused)."""
    try:
        return open_signed(Envelope, text.encode(), signer=party).record
    except CryptoError as error:
        raise release_invalid(str(error)) from error


def read_receipt(party: str, text: str) -> Signed[Receipt]:
    """A receipt that this party signed (raises Refused)."""
    try:
        return open_signed(Receipt, text.encode(), signer=party)
    except CryptoError as error:
        raise release_invalid(str(error)) from error


def check_release(
    platform: Platform,
    job: Job,
    part: Part,
    kept: Documents,
    envelope: Envelope,
    receipt: Receipt,
) -> None:
    """That a party's envelope and receipt fit the job, its data, each other (raises Refused)."""
    header = envelope.header
    source = source_of(platform, job)
    expected: dict[str, tuple[object, object]] = {
        "receipt": (header.receipt, receipt.receipt),
        "job": (header.job, job.job),
        "request": (header.request_hash, job.request_hash),
        "plan": (header.plan_hash, job.plan_hash),
        "manifests": (header.manifest_hashes, source.manifest_hashes),
        "parameters": (header.parameters, source.lattice.name),
        "session": (header.session, seal_of_job(kept)),
    }
    if shares := shares_of(kept, part.party):
        # Delivered together they would contradict each other under this platform's signature.
        own = shares_digest(shares, parameters.by_name(source.lattice.name))
        expected["platform's shares"] = (header.platform_digest, own)
    if found := first_difference(expected):
        raise release_invalid(f"its {found}")
    check_receipt(job, part, receipt, envelope_hash=record_hash(envelope))


def check_receipt(job: Job, part: Part, receipt: Receipt, *, envelope_hash: str) -> None:
    """That a party's receipt fits the job, its data, and what was sent (raises Refused)."""
    expected: dict[str, tuple[object, object]] = {
        "receipt's datasets": (receipt.datasets, part.tables),
        "receipt's request": (receipt.request_hash, job.request_hash),
        "receipt's envelope": (receipt.envelope_hash, envelope_hash),
        "receipt's buyer": (receipt.buyer, PublicKey.parse(job.buyer_key).fingerprint()),
    }
    if not is_well_placed(receipt):
        raise release_invalid(f"its receipt {receipt.sequence} follows {receipt.previous:.16}")
    if found := first_difference(expected):
        raise release_invalid(f"its {found}")
    if receipt.rho_units > job.rho_units:
        price, charged = compared_losses(job.rho_units, receipt.rho_units, part.delta)
        raise release_invalid(f"its charge is {charged}, expected at most {price}")


def receipt_words(job: Job, part: Part, receipt: Receipt) -> str:
    """A receipt for the timeline, and whose it is where a job has several."""
    whose = part.organisation if job.engine == "members" else ", ".join(part.names)
    return f"Receipt {receipt.receipt[:12]}{f' of {whose}' if len(job.parties) > 1 else ''}"


def spent_words(receipt: Receipt) -> str:
    """What a receipt charges, for people; of which noise, the quote says."""
    return f"{f'rho {rho_text(receipt.rho_units)}' if receipt.rho_units else 'nothing'} spent"


def countersign(platform: Platform, receipt: Signed[Receipt], *, now: int) -> str:
    """A receipt with the platform's own signature beside it, as it is kept."""
    word = Countersignature(record_hash(receipt.record), receipt.record.envelope_hash, now)
    signed = sign_record(platform.identity, word)
    both = CountersignedReceipt(receipt.encode().decode(), signed.encode().decode())
    return canonical.dumps(wire.to_json(both)).decode()


def agents_receipt(countersigned: str) -> str:
    """The receipt as the agent signed it, out of what the platform keeps."""
    return wire.from_json(CountersignedReceipt, canonical.loads(countersigned.encode())).receipt


def has_another_receipt(job: Job) -> Conflict:
    """A party sent a second receipt for one request."""
    return Conflict(
        "job-state",
        f"Job {job.job} has another receipt.",
        "One request has one receipt: compare the agent's store with this portal.",
    )


def release_invalid(reason: str) -> Refused:
    """What an agent sent is not what it must be."""
    return Refused(
        "release-invalid",
        f"The release was not accepted: {reason}.",
        "The agent sends it again; if this repeats, compare the agent's store with this portal.",
    )
