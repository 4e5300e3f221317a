"""What one agent released of a job: its envelope says what was asked, its receipt charges no more.

Rules 7 and 8 of market.client.verify.check_bundle, once for every party of the request.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.client.verify.result_invalid import invalid, require
from market.client.verify.verify_receipt import VerifiedReceipt, verify_receipt
from market.pricing.loss import rho_text
from market.pricing.quote import Quote
from market.pricing.quoted_output import QuotedOutput
from market.records.delivery import Envelope, EnvelopeHeader, OpenedOutput
from market.records.receipt import ReceiptedDataset
from market.records.request import Request
from market.records.signed import open_signed, record_hash


@dataclass(frozen=True, slots=True)
class Asked:
    """What every party was asked, as this client knows it.

    Attributes:
        buyer: fingerprint of the key that signed the request.
        platform_key: the portal's key as pinned at login.
    """

    request: Request
    quote: Quote
    buyer: str
    platform_key: str


@dataclass(frozen=True, slots=True)
class WantedOf:
    """What one party's documents have to say besides.

    Attributes:
        agent: its key (hex), which signs them.
        parameters: name of the parameter set; `members` of a consortium.
        platform_digest: of the shares b that were delivered (crypto.shares); empty of a consortium.
        session: the seal of a consortium's session, else empty.
        datasets: what its receipt names.
    """

    agent: str
    parameters: str
    platform_digest: str
    session: str
    datasets: tuple[ReceiptedDataset, ...]


@dataclass(frozen=True, slots=True)
class CheckedParty:
    """One agent's envelope and receipt, checked; only the seal is left to open."""

    agent: str
    envelope: Envelope
    receipt: VerifiedReceipt
    receipt_text: str


def check_party(
    asked: Asked, wanted: WantedOf, envelope_text: str, receipt_text: str
) -> CheckedParty:
    """Check what one agent released.

    Raises:
        Refused: `result-invalid` or `receipt-invalid`, with what does not hold.
        CryptoError: a document does not verify.
    """
    agent = wanted.agent
    envelope = open_signed(Envelope, envelope_text.encode(), signer=agent).record
    receipt = verify_receipt(
        receipt_text.encode(), agent_key=agent, platform_key=asked.platform_key
    )
    _check_header(asked, wanted, envelope.header, receipt)
    _check_receipt(asked, wanted, envelope, receipt)
    return CheckedParty(agent, envelope, receipt, receipt_text)


def _check_header(
    asked: Asked, wanted: WantedOf, header: EnvelopeHeader, receipt: VerifiedReceipt
) -> None:
    request = asked.request
    require(
        {
            "envelope's receipt": (header.receipt, receipt.receipt.receipt),
            "envelope's job": (header.job, request.job),
            "envelope's request": (header.request_hash, record_hash(request)),
            "envelope's plan": (header.plan_hash, request.plan_hash),
            "envelope's manifests": (header.manifest_hashes, request.manifest_hashes),
            "envelope's outputs": (header.outputs, tuple(map(opened_output, asked.quote.outputs))),
            "envelope's agent": (header.agent, wanted.agent),
            "envelope's recipient key": (header.recipient_key, request.recipient_key),
            "platform's shares' digest": (wanted.platform_digest, header.platform_digest),
            "envelope's session": (header.session, wanted.session),
            "envelope's parameters": (header.parameters, wanted.parameters),
        }
    )


def opened_output(output: QuotedOutput) -> OpenedOutput:
    """How an output of the quote stands in an envelope's header."""
    return OpenedOutput(output.output, output.degree, output.law, str(output.scale_squared))


def _check_receipt(
    asked: Asked, wanted: WantedOf, envelope: Envelope, verified: VerifiedReceipt
) -> None:
    receipt, request = verified.receipt, asked.request
    require(
        {
            "receipt's envelope": (receipt.envelope_hash, record_hash(envelope)),
            "receipt's request": (receipt.request_hash, record_hash(request)),
            "receipt's datasets": (receipt.datasets, wanted.datasets),
            "receipt's buyer": (receipt.buyer, asked.buyer),
        }
    )
    if receipt.rho_units > request.rho_units:
        raise invalid(
            f"the receipt charges rho {rho_text(receipt.rho_units)}, expected at most "
            f"{rho_text(request.rho_units)}"
        )
