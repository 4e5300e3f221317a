"""A platform that hands out another bundle of a consortium's job, and signs for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crypto import canonical
from market import wire
from market.client.verify.check_bundle import Expected
from market.entities.job import Job
from market.records.delivery import Bundle, DeliveredParty, DeliveryStatement, Envelope
from market.records.receipt import Receipt
from market.records.signed import open_signed, record_hash, sign_record
from market.services.release.deliver_result import deliver_result
from market.services.release.release_documents import agents_receipt
from world.members_market import MembersMarket
from world.people import a_key, fingerprint


def bundle_of(market: MembersMarket, job: Job) -> Bundle:
    """What an honest platform hands out."""
    return wire.decode(Bundle, deliver_result(market.platform, market.user(job.buyer), job.job))


def restated(bundle: Bundle, **changes: Any) -> bytes:
    """A changed bundle, under a statement that the platform signs for it."""
    changed = replace(bundle, **changes)
    said = open_signed(DeliveryStatement, bundle.statement.encode()).record
    envelopes = [open_signed(Envelope, text.encode()) for text in changed.envelopes]
    receipts = [
        open_signed(Receipt, agents_receipt(text).encode()).record for text in changed.receipts
    ]
    parties = tuple(
        DeliveredParty(envelope.signer, record_hash(envelope.record), record_hash(receipt))
        for envelope, receipt in zip(envelopes, receipts, strict=True)
    )
    statement = sign_record(a_key("platform"), replace(said, parties=parties))
    return canonical.dumps(wire.to_json(replace(changed, statement=statement.encode().decode())))


def expected_of(market: MembersMarket, job: Job, **changes: Any) -> Expected:
    """What the recipient's client knows without the platform's word."""
    plain = Expected(
        request_text=market.document(job, "request"),
        buyer_key=a_key(job.buyer).public.hex,
        buyer=fingerprint(job.buyer),
        recipient_key=market.recipient.public_hex,
        platform_key=a_key("platform").public.hex,
        pin=lambda _kind, _name, _key: None,
        keep_first=lambda seen: seen,
    )
    return replace(plain, **changes)
