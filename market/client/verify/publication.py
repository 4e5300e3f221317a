"""A dataset version as its owner signed it: listing and manifest, checked against each other."""

from __future__ import annotations

from dataclasses import dataclass

from crypto import parameters as parameter_sets
from crypto.errors import CryptoError
from crypto.identity import PublicKey
from market.errors import Refused
from market.policy.listing.union import OwnedTable
from market.pricing.lattice import CiphertextLattice, ciphertext_lattice
from market.records.first_difference import first_difference
from market.records.listing import Listing
from market.records.manifest import Manifest
from market.records.signed import open_signed, record_hash


@dataclass(frozen=True, slots=True)
class Publication:
    """Both documents, and the key (hex) that signed them; whose key that is, the caller decides."""

    listing: Listing
    manifest: Manifest
    owner_key: str

    @property
    def lattice(self) -> CiphertextLattice:
        """What its sums are opened on."""
        chosen = parameter_sets.by_name(self.manifest.parameters)
        return ciphertext_lattice(self.listing.schema.capacity_rows, chosen)

    @property
    def table(self) -> OwnedTable:
        """What a question sees of it (market.policy.listing.union)."""
        listing = self.listing
        return OwnedTable(
            dataset=listing.dataset,
            owner=PublicKey.parse(self.owner_key).fingerprint(),
            agent=self.manifest.agent,
            schema=listing.schema,
            policy=listing.policy,
            together=listing.together,
            lattice=self.lattice,
        )


def read_publication(listing_text: str, manifest_text: str) -> Publication:
    """Verify the two documents against one signer and each other.

    Raises:
        Refused: `publication-invalid`, naming what does not fit.
    """
    try:
        listing = open_signed(Listing, listing_text.encode())
        manifest = open_signed(Manifest, manifest_text.encode(), signer=listing.signer)
        chosen = parameter_sets.by_name(manifest.record.parameters)
    except CryptoError as error:
        raise _invalid(f"they do not verify ({error})") from error
    expected = {
        "manifest hash": (record_hash(manifest.record), listing.record.manifest_hash),
        "dataset": (manifest.record.dataset, listing.record.dataset),
        "version": (manifest.record.version, listing.record.version),
        "schema digest": (manifest.record.schema_digest, listing.record.schema.digest()),
        "parameters": (manifest.record.parameters_digest, chosen.digest()),
        "columns": (
            tuple(column.name for column in manifest.record.columns),
            listing.record.schema.encoded_columns,
        ),
        "columns without chunks": (
            manifest.record.without_chunks,
            listing.record.schema.only_summed,
        ),
    }
    if found := first_difference(expected):
        raise _invalid(f"the {found}")
    return Publication(listing.record, manifest.record, listing.signer)


def _invalid(reason: str) -> Refused:
    return Refused(
        "publication-invalid",
        f"The listing and manifest are not what their owner signed: {reason}.",
        "Nothing was signed or opened. Tell the dataset's owner; do not use this version.",
    )
