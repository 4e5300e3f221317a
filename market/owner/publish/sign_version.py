"""Sign an encrypted version, and give it to the agent: from then on it is held, not yet listed."""

from __future__ import annotations

from dataclasses import dataclass

from crypto.chunk_digest import CHUNK_HASH
from crypto.noise import noise_commitment
from market.owner.declaration.describe import Declaration
from market.owner.owner import Owner
from market.owner.publish.encrypt_table import EncryptedTable
from market.records.listing import Listing
from market.records.manifest import Manifest
from market.records.signed import record_hash, sign_record
from market.vault.holdings import held_versions, read_holding, write_holding
from market.vault.home import Entropy
from market.vault.keys import Keys
from market.vault.row_blocks import RowBlocks, write_row_blocks


@dataclass(frozen=True, slots=True)
class EncryptedVersion:
    """All that a version's documents say, before anybody has signed them.

    Attributes:
        number: the version's, from 1.
        lineages: whose budget its people share, as the agent's store has settled it.
        blocks: by what the next version knows its rows again.
    """

    declaration: Declaration
    number: int
    lineages: tuple[str, ...]
    keys: Keys
    table: EncryptedTable
    blocks: RowBlocks


def is_signed(owner: Owner, version: EncryptedVersion) -> bool:
    """Whether the agent holds this very version: a run was broken off right after it was signed."""
    dataset, number = version.declaration.dataset, version.number
    if (dataset, number) not in held_versions(owner.home):
        return False
    manifest = read_holding(owner.home, dataset, number).manifest.record
    return (manifest.columns, manifest.lineages) == (version.table.columns, version.lineages)


def sign_version(owner: Owner, version: EncryptedVersion, *, now: int, entropy: Entropy) -> None:
    """Sign manifest and listing of a version, and keep them beside its constants."""
    declaration = version.declaration
    manifest = _manifest(
        version, agent=owner.home.signing_key().public.hex, now=now, entropy=entropy
    )
    listing = Listing(
        declaration.dataset,
        version.number,
        declaration.description,
        declaration.schema,
        declaration.policy,
        record_hash(manifest),
        declaration.population,
        declaration.together,
    )
    write_row_blocks(owner.home, version.declaration.dataset, version.number, version.blocks)
    write_holding(
        owner.home,
        sign_record(owner.identity, listing),
        sign_record(owner.identity, manifest),
        version.table.constants,
    )


def _manifest(version: EncryptedVersion, *, agent: str, now: int, entropy: Entropy) -> Manifest:
    declaration, keys = version.declaration, version.keys
    parameters = keys.ckks.parameters
    return Manifest(
        dataset=declaration.dataset,
        version=version.number,
        lineages=version.lineages,
        epoch=declaration.epoch,
        schema_digest=declaration.schema.digest(),
        parameters=parameters.name,
        parameters_digest=parameters.digest(),
        key_id=keys.ckks.key_id(),
        noise_commitment=noise_commitment(keys.noise),
        agent=agent,
        form="seed-only",
        hash=CHUNK_HASH,
        ciphertexts=-(-declaration.schema.capacity_rows // parameters.values_per_ciphertext),
        columns=version.table.columns,
        # The twin is public; its seed only has to differ between versions.
        twin_seed=int.from_bytes(entropy(7), "big"),
        created_at=now,
    )
