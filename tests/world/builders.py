"""Records of datasets: each function gives a whole, valid one; keyword arguments change fields."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, TypeVar

from crypto.pairwise_masks import MaskKey
from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from market.plan.factors import Product
from market.plan.program_input import ProgramInput
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.records.appointment import AgentAppointment, AgentKeys
from market.records.grant import Grant, Revocation
from market.records.listing import Description, Listing, Policy
from market.records.manifest import Chunk, EncryptedColumn, Manifest, chunk_prefix
from market.records.signed import Record, Signed, record_hash, sign_record
from market.records.standing import Standing
from market.records.version_drop import VersionDrop
from world.people import a_key, fingerprint

R = TypeVar("R", bound=Record)

NOW = 1_800_000_000
DAY = 24 * 3_600
DATASET = "clinic-visits"
LINEAGE = "a1" * 16
CAPACITY_ROWS = 4096
RESIDUES_HEX = 8 * 5
"""Hex characters of one coefficient's residues: five primes of four bytes."""


def sign(record: R, by: str = "olga") -> Signed[R]:
    """Signed with `a_key(by)`."""
    return sign_record(a_key(by), record)


def text(signed: Signed[Any]) -> str:
    """The document as it travels."""
    return signed.encode().decode()


def a_schema(**changes: Any) -> Schema:
    schema = Schema(
        name="visits",
        columns=(
            NumericColumn("age", "0", "100", "Age at the visit", "years", "midpoint", None, None),
            NumericColumn("cost", "0", "5000", "Cost of the visit", "EUR", "low", None, None),
            CategoricalColumn("region", ("north", "south"), "Where the clinic stands"),
            BooleanColumn("insured", "Whether an insurance paid", "false"),
        ),
        privacy_unit=PrivacyUnit(None, 1, "one visit"),
        capacity_rows=CAPACITY_ROWS,
        products=(Product("age", "age"),),
    )
    return replace(schema, **changes)


def a_policy(**changes: Any) -> Policy:
    policy = Policy(
        budget_rho_units=10**12,
        buyer_rho_units=10**12 // 2,
        job_rho_units=10**12 // 4,
        delta="0.000001",
        statistics=("count", "sum", "mean", "variance", "histogram", "group_by"),
        access="open",
        approval="automatic",
        recomputation=False,
        price_cents=0,
    )
    return replace(policy, **changes)


def a_description(**changes: Any) -> Description:
    description = Description(
        title="Visits to clinics",
        summary="Every visit to eleven clinics in one year.",
        provenance="The clinics' own records.",
        licence="For statistics only.",
        terms="No attempt to single anybody out.",
    )
    return replace(description, **changes)


def a_manifest(schema: Schema | None = None, **changes: Any) -> Manifest:
    """Its chunks are names of objects that need not be there; constants are zero."""
    schema = schema or a_schema()
    dataset = changes.get("dataset", DATASET)
    version = changes.get("version", 1)
    ciphertexts = -(-schema.capacity_rows // PRODUCTS.values_per_ciphertext)
    manifest = Manifest(
        dataset=dataset,
        version=version,
        lineages=(LINEAGE,),
        epoch=1,
        schema_digest=schema.digest(),
        parameters=PRODUCTS.name,
        parameters_digest=PRODUCTS.digest(),
        key_id="cc" * 32,
        noise_commitment="dd" * 32,
        agent=a_key("agent").public.hex,
        form="seed-only",
        hash="blake3",
        ciphertexts=ciphertexts,
        columns=tuple(
            a_column(name, a_chunk_key(dataset, version, place), ciphertexts)
            for place, name in enumerate(schema.encoded_columns)
        ),
        twin_seed=7,
        created_at=NOW - DAY,
    )
    return replace(manifest, **changes)


def a_chunk_key(dataset: str, version: int, place: int, *, owner: str = "olga") -> str:
    """The key of a column's only chunk, as its owner's client makes it."""
    return f"{chunk_prefix(dataset, fingerprint(owner), version)}{place}/0"


def a_column(name: str, key: str, ciphertexts: int) -> EncryptedColumn:
    sha256 = hashlib.sha256(key.encode()).hexdigest()
    chunk = Chunk(key, sha256[::-1], sha256, 1, 0, ciphertexts)
    return EncryptedColumn(name, (chunk,), "0" * RESIDUES_HEX * ciphertexts)


def a_listing(
    manifest: Manifest | None = None, schema: Schema | None = None, **changes: Any
) -> Listing:
    """The listing that fits a manifest."""
    schema = schema or a_schema()
    manifest = manifest or a_manifest(schema)
    listing = Listing(
        dataset=manifest.dataset,
        version=manifest.version,
        description=a_description(),
        schema=schema,
        policy=a_policy(),
        manifest_hash=record_hash(manifest),
    )
    return replace(listing, **changes)


def an_appointment(agent: str = "agent", number: int = 1) -> AgentAppointment:
    """An owner's word that the agent with `a_key(agent)` is theirs."""
    return AgentAppointment(agent_keys(agent), number, NOW - DAY)


def agent_keys(agent: str = "agent") -> AgentKeys:
    """What others know the agent with `a_key(agent)` by."""
    masks = MaskKey(Secret(hashlib.sha256(f"{agent}'s masks".encode()).digest()))
    return AgentKeys(a_key(agent).public.hex, masks.public_hex)


def a_grant(buyer: str = "bob", **changes: Any) -> Grant:
    grant = Grant(
        grant="grant-1",
        dataset=DATASET,
        lineages=(LINEAGE,),
        buyer=fingerprint(buyer),
        rho_units=10**11,
        terms_digest="ee" * 32,
        issued_at=NOW - DAY,
        expires_at=NOW + 30 * DAY,
    )
    return replace(grant, **changes)


def a_revocation(**changes: Any) -> Revocation:
    return replace(Revocation("grant-1", DATASET, NOW), **changes)


def a_standing(**changes: Any) -> Standing:
    return replace(Standing(DATASET, 1, "paused", (), NOW), **changes)


def a_version_drop(version: int = 1, dataset: str = DATASET) -> VersionDrop:
    """Of a version as `a_manifest` makes it."""
    manifest = a_manifest(dataset=dataset, version=version)
    return VersionDrop(dataset, version, record_hash(manifest), NOW)


def an_input(schema: Schema | None = None) -> ProgramInput:
    """What a program is told that asks the dataset."""
    return ProgramInput((DATASET,), schema or a_schema())
