"""What the agent keeps of each dataset, put there by the owner's client, never by the platform.

    datasets/<dataset>/ckks.key             CKKS secret key (wrapped)
    datasets/<dataset>/noise.key            noise key (wrapped)
    datasets/<dataset>/grants/<id>.json     grants the owner signed
    datasets/<dataset>/revocations/<id>.json
    datasets/<dataset>/<version>/listing.json, manifest.json    as signed
    datasets/<dataset>/<version>/constants.bin                  a_i, key material

The constants are the holder's halves a_i = N^-1 Σ c1·s of every ciphertext, computed when it was
encrypted: little-endian 32-bit residues, column by column in the manifest's order, under a digest
that names the manifest. A sum's share needs nothing else, so no ciphertext is ever taken from
outside for it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crypto import parameters
from crypto.errors import CryptoError, FormatError
from crypto.noise import noise_commitment
from crypto.parameters import Parameters
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey
from crypto.shares import Residues
from market.agent.home import AgentHome
from market.client.home import write_private
from market.errors import NotFound, Refused
from market.records.grant import Grant, Revocation
from market.records.listing import DATASET_ID, Listing
from market.records.manifest import Manifest
from market.records.signed import Signed, open_signed, record_hash

_MAGIC = b"AHC1"
_DIGEST_TAG = b"market/holder-constants/1\x00"

Constants = Mapping[str, tuple[Residues, ...]]
"""a_i of every ciphertext, by encoded column."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One dataset version as the owner signed it, and the grants on its dataset."""

    listing: Signed[Listing]
    manifest: Signed[Manifest]
    manifest_hash: str
    grants: tuple[Grant, ...]

    @property
    def owner_key(self) -> str:
        return self.listing.signer

    @property
    def parameters(self) -> Parameters:
        return parameters.by_name(self.manifest.record.parameters)

    def grant_of(self, buyer: str, *, now: int) -> Grant | None:
        """The buyer's grant that is not revoked: a live one first, then the latest to expire."""
        own = [grant for grant in self.grants if grant.buyer == buyer]
        return max(own, key=lambda grant: (grant.expires_at > now, grant.expires_at), default=None)


@dataclass(frozen=True, slots=True)
class Keys:
    """A dataset's secret keys; both print `<secret>`."""

    ckks: CkksSecretKey
    noise: Secret


def dataset_path(home: AgentHome, dataset: str) -> Path:
    if not DATASET_ID.fullmatch(dataset):
        raise Refused(
            "dataset-malformed", f"{dataset!r:.80} is no dataset id.", "Look at the portal."
        )
    return home.datasets_path / dataset


def version_path(home: AgentHome, dataset: str, version: int) -> Path:
    return dataset_path(home, dataset) / str(int(version))


def held_versions(home: AgentHome) -> list[tuple[str, int]]:
    """Every (dataset, version) with signed documents here, in order."""
    return sorted(
        (found.parent.parent.name, int(found.parent.name))
        for found in home.datasets_path.glob("*/*/manifest.json")
    )


def read_holding(home: AgentHome, dataset: str, version: int) -> Holding:
    """Read and verify what the owner signed about a version.

    Raises:
        NotFound: this agent does not hold it.
        Refused: `holding-damaged` when a document does not verify or fit the others.
    """
    path = version_path(home, dataset, version)
    if not (path / "manifest.json").exists():
        raise NotFound(
            "not-held",
            f"This agent does not hold {dataset} version {version}.",
            "Publish with this agent's directory.",
        )
    try:
        listing = open_signed(Listing, (path / "listing.json").read_bytes())
        owner = listing.signer
        manifest = open_signed(Manifest, (path / "manifest.json").read_bytes(), signer=owner)
        grants = _live_grants(dataset_path(home, dataset), owner)
        holding = Holding(listing, manifest, record_hash(manifest.record), grants)
        _check_fit(holding, dataset, version, agent=home.signing_key().public.hex)
    except (CryptoError, OSError) as error:
        raise _damaged(f"{dataset} version {version}: {error}") from error
    return holding


def write_holding(
    home: AgentHome, listing: Signed[Listing], manifest: Signed[Manifest], constants: Constants
) -> None:
    """Keep a signed version. The manifest is written last: without it the version is not held."""
    record = manifest.record
    path = version_path(home, record.dataset, record.version)
    write_private(path / "constants.bin", encode_constants(record, constants))
    write_private(path / "listing.json", listing.encode())
    write_private(path / "manifest.json", manifest.encode())


def keep_grant(home: AgentHome, grant: Signed[Grant]) -> None:
    name = _document_name(grant.record.grant)
    write_private(dataset_path(home, grant.record.dataset) / "grants" / name, grant.encode())


def keep_revocation(home: AgentHome, revocation: Signed[Revocation]) -> None:
    name = _document_name(revocation.record.grant)
    directory = dataset_path(home, revocation.record.dataset) / "revocations"
    write_private(directory / name, revocation.encode())


def read_keys(home: AgentHome, manifest: Manifest) -> Keys:
    """The dataset's keys, checked against what the manifest commits to.

    Raises:
        NotFound: a key was destroyed or never here.
        Refused: `holding-damaged` when a key is not the manifest's.
    """
    path = dataset_path(home, manifest.dataset)
    secret = home.read_secret(path / "ckks.key", kind="ckks")
    noise = home.read_secret(path / "noise.key", kind="noise")
    ckks = CkksSecretKey.from_secret(secret, parameters.by_name(manifest.parameters))
    seen = (ckks.key_id(), noise_commitment(noise))
    if seen != (manifest.key_id, manifest.noise_commitment):
        raise _damaged(f"the keys of {manifest.dataset} are not those of its manifest")
    return Keys(ckks, noise)


def read_constants(home: AgentHome, manifest: Manifest, columns: Sequence[str]) -> Constants:
    """The a_i of the named columns.

    Raises:
        Refused: `holding-damaged` when the table is missing or altered.
    """
    path = version_path(home, manifest.dataset, manifest.version) / "constants.bin"
    try:
        return decode_constants(manifest, path.read_bytes(), columns)
    except (OSError, CryptoError) as error:
        raise _damaged(f"constants of {manifest.dataset}: {error}") from error


def encode_constants(manifest: Manifest, constants: Constants) -> bytes:
    """The table's bytes: magic, digest, residues."""
    words = [
        residue
        for column in manifest.columns
        for residues in constants[column.name]
        for residue in residues
    ]
    body = struct.pack(f"<{len(words)}I", *words)
    return _MAGIC + _digest(manifest, body) + body


def decode_constants(manifest: Manifest, data: bytes, columns: Sequence[str]) -> Constants:
    """Read the named columns of a table.

    Raises:
        FormatError: another size, digest or manifest, or a residue not below its prime.
    """
    chosen = parameters.by_name(manifest.parameters)
    primes = chosen.primes
    row_bytes = 4 * len(primes)
    body = data[36:]
    if len(body) != row_bytes * manifest.ciphertexts * len(manifest.columns):
        raise FormatError(f"the table has {len(body)} bytes, not the manifest's number")
    if data[:36] != _MAGIC + _digest(manifest, body):
        raise FormatError("the table's digest is not that of its content and manifest")
    names = [column.name for column in manifest.columns]
    result: dict[str, tuple[Residues, ...]] = {}
    for name in columns:
        start = names.index(name) * manifest.ciphertexts * row_bytes
        part = body[start : start + manifest.ciphertexts * row_bytes]
        rows = tuple(struct.iter_unpack(f"<{len(primes)}I", part))
        if any(
            residue >= prime for row in rows for residue, prime in zip(row, primes, strict=True)
        ):
            raise FormatError(f"column {name}: a residue is not below its prime")
        result[name] = rows
    return result


def _digest(manifest: Manifest, body: bytes) -> bytes:
    named = record_hash(manifest).encode()
    return hashlib.sha256(_DIGEST_TAG + named + b"\x00" + body).digest()


def _live_grants(path: Path, owner: str) -> tuple[Grant, ...]:
    revoked = {
        open_signed(Revocation, found.read_bytes(), signer=owner).record.grant
        for found in sorted(path.glob("revocations/*.json"))
    }
    grants = [
        open_signed(Grant, found.read_bytes(), signer=owner).record
        for found in sorted(path.glob("grants/*.json"))
    ]
    return tuple(grant for grant in grants if grant.grant not in revoked)


def _check_fit(holding: Holding, dataset: str, version: int, *, agent: str) -> None:
    listing, manifest = holding.listing.record, holding.manifest.record
    expected = {
        "listing": ((listing.dataset, listing.version), (dataset, version)),
        "manifest": ((manifest.dataset, manifest.version), (dataset, version)),
        "manifest hash": (listing.manifest_hash, holding.manifest_hash),
        "schema": (manifest.schema_digest, listing.schema.digest()),
        "parameters": (manifest.parameters_digest, holding.parameters.digest()),
        "agent": (manifest.agent, agent),
    }
    for what, (seen, wanted) in expected.items():
        if seen != wanted:
            raise FormatError(f"its {what} is {seen!s:.80}, expected {wanted!s:.80}")


def _document_name(identifier: str) -> str:
    if not identifier.isascii() or not identifier.replace("-", "").isalnum():
        raise Refused("grant-malformed", f"{identifier!r:.80} is no grant id.", "Look at the list.")
    return f"{identifier}.json"


def _damaged(message: str) -> Refused:
    return Refused(
        "holding-damaged",
        f"The agent's own store is damaged: {message}.",
        "Restore the agent from its backup and reconcile it.",
    )
