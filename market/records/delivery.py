"""The agent's sealed shares, the platform's word on its own, and the bundle a buyer opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from crypto.parameters import Parameters
from crypto.shares import decode_residues, platform_digest


@dataclass(frozen=True, slots=True)
class OpenedOutput:
    """One opened coefficient: public law and scale of its noise (scale_squared in lattice units,
    a decimal string, since it may pass 63 bits)."""

    output: str
    degree: int
    law: str
    scale_squared: str


@dataclass(frozen=True, slots=True)
class EnvelopeHeader:
    """Bound into the HPKE seal as associated data, so nothing sealed travels under another name.

    `platform_digest` is the digest of the platform's shares b the agent expects (crypto.shares).
    """

    receipt: str
    job: str
    request_hash: str
    plan_hash: str
    manifest_hash: str
    outputs: tuple[OpenedOutput, ...]
    platform_digest: str
    parameters: str
    agent: str
    recipient_key: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """Signed by the agent; `sealed` is the HPKE ciphertext of a `SealedShares`, in hex."""

    TAG: ClassVar[str] = "market/envelope/1"

    header: EnvelopeHeader
    sealed: str


@dataclass(frozen=True, slots=True)
class Share:
    """k residues of one output, in hex (crypto.shares.encode_residues)."""

    output: str
    residues: str


@dataclass(frozen=True, slots=True)
class SealedShares:
    """What only the recipient reads: their shares, and the salt that opens the receipt's
    commitment to the plan."""

    shares: tuple[Share, ...]
    plan_salt: str


def shares_digest(shares: Sequence[Share], parameters: Parameters) -> str:
    """The digest a header and a statement name shares by (raises FormatError)."""
    residues = [(share.output, decode_residues(share.residues, parameters)) for share in shares]
    return platform_digest(residues, parameters)


@dataclass(frozen=True, slots=True)
class DeliveryStatement:
    """The platform's word that, as the one result of this job, it delivers these shares b with this
    envelope and receipt. Nothing in it depends on when it was asked for: an honest platform never
    signs two for one job."""

    TAG: ClassVar[str] = "market/delivery-statement/1"

    job: str
    dataset: str
    version: int
    manifest_hash: str
    plan_hash: str
    request_hash: str
    parameters: str
    platform_digest: str
    envelope_hash: str
    receipt_hash: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything the buyer's client needs, in one file. Signed documents are kept as the exact
    text that was signed."""

    TAG: ClassVar[str] = "market/bundle/2"

    listing: str
    manifest: str
    plan: str
    request: str
    envelope: str
    receipt: str
    platform: tuple[Share, ...]
    statement: str
