"""The agent's sealed shares, the platform's word on its own, and the bundle a buyer opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from crypto.identity import PublicKey
from crypto.parameters import Parameters
from crypto.shares import decode_residues, platform_digest
from market.plan.dataset_ids import check_ascending
from market.records.consortium_documents import ConsortiumDocuments
from market.records.members import (
    check_dataset,
    check_hash,
    check_hashes,
    check_parties,
)


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

    `manifest_hashes` are those of every dataset of the request; `agent` is the party that seals.
    `platform_digest` is the digest of the platform's shares b the agent expects (crypto.shares); a
    consortium's member has none to expect, so for them it is empty and `session` is the seal of
    the run (market.records.session), which is empty for encrypted data.
    """

    receipt: str
    job: str
    request_hash: str
    plan_hash: str
    manifest_hashes: tuple[str, ...]
    outputs: tuple[OpenedOutput, ...]
    platform_digest: str
    parameters: str
    agent: str
    recipient_key: str
    session: str = ""

    def __post_init__(self) -> None:
        check_hashes("manifest_hashes", self.manifest_hashes)
        PublicKey.parse(self.agent)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Signed by the agent; `sealed` is the HPKE ciphertext of a `SealedShares`, in hex."""

    TAG: ClassVar[str] = "market/envelope/3"

    header: EnvelopeHeader
    sealed: str


@dataclass(frozen=True, slots=True)
class Share:
    """k residues of one output, in hex (crypto.shares.encode_residues); of a consortium's member
    its one share (crypto.shamir)."""

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
class DeliveredDataset:
    """A dataset version by its manifest's hash, and the digest of the shares b that its chunks gave
    (crypto.shares). A consortium's has none: it is then empty."""

    dataset: str
    version: int
    manifest_hash: str
    platform_digest: str

    def __post_init__(self) -> None:
        check_dataset(self.dataset, self.version)
        check_hash("manifest_hash", self.manifest_hash)
        if self.platform_digest:
            check_hash("platform_digest", self.platform_digest)


@dataclass(frozen=True, slots=True)
class DeliveredParty:
    """What is delivered of one agent (its public key in hex): envelope and receipt, by hash."""

    agent: str
    envelope_hash: str
    receipt_hash: str


@dataclass(frozen=True, slots=True)
class DeliveryStatement:
    """The platform's word that, as the one result of this job, it delivers these shares b of every
    dataset with this envelope and receipt of every party. Nothing in it depends on when it was
    asked for: an honest platform never signs two for one job.

    Of a consortium there are no shares b; `parameters` is then `members`, and `parties` are those
    members who delivered: at least one more than its threshold.
    """

    TAG: ClassVar[str] = "market/delivery-statement/3"

    job: str
    datasets: tuple[DeliveredDataset, ...]
    parties: tuple[DeliveredParty, ...]
    plan_hash: str
    request_hash: str
    parameters: str

    def __post_init__(self) -> None:
        check_ascending("datasets", [asked.dataset for asked in self.datasets])
        check_parties([party.agent for party in self.parties])


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything the buyer's client needs, in one file. Signed documents are kept as the exact
    text that was signed.

    Listings, manifests and the platform's shares stand in the order of the request's datasets,
    envelopes and receipts in that of its parties: one each. A consortium's bundle has neither
    listings, manifests nor shares of the platform, but the documents of its agreement and every
    member's joining of the session; members who have not delivered have neither envelope nor
    receipt in it.
    """

    TAG: ClassVar[str] = "market/bundle/5"

    listings: tuple[str, ...]
    manifests: tuple[str, ...]
    plan: str
    request: str
    envelopes: tuple[str, ...]
    receipts: tuple[str, ...]
    platform: tuple[tuple[Share, ...], ...]
    statement: str
    consortium: ConsortiumDocuments | None = None
    joins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for what, left, right in (
            ("listings and manifests", self.listings, self.manifests),
            ("listings and shares of the platform", self.listings, self.platform),
            ("envelopes and receipts", self.envelopes, self.receipts),
        ):
            if len(left) != len(right):
                raise ValueError(f"{len(left)} and {len(right)} {what}, expected one of each")
        if not self.envelopes or bool(self.listings) == (self.consortium is not None):
            raise ValueError("an envelope, and either listings or a consortium, expected")
        if bool(self.joins) != (self.consortium is not None):
            raise ValueError("joinings are a consortium's")
