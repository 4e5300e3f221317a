"""The agent's sealed shares, and the bundle a buyer downloads and opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


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
    """What only the recipient reads: his shares, and the salt that opens the receipt's
    commitment to the plan."""

    shares: tuple[Share, ...]
    plan_salt: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything the buyer's client needs, in one file. Signed documents are kept as the exact
    text that was signed."""

    TAG: ClassVar[str] = "market/bundle/1"

    listing: str
    manifest: str
    plan: str
    request: str
    envelope: str
    receipt: str
    platform: tuple[Share, ...]
