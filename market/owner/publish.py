"""Publish a table: encode, encrypt, sign, send; a second run goes on where the first stopped.

The order is what makes it safe: all chunks are on disk and the agent holds the signed version
before the first byte is sent, so stored bytes are sent again and nothing is encrypted twice. A
further version of a dataset keeps its keys and takes fresh seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crypto import canonical
from crypto.flooding import CAP_UNITS
from crypto.identity import SigningKey
from crypto.noise import noise_commitment
from crypto.parameters import AGG
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey
from market import wire
from market.agent.holdings import (
    Keys,
    dataset_path,
    held_versions,
    read_holding,
    read_keys,
    write_holding,
)
from market.agent.home import AgentHome
from market.agent.store.lineages import assign_lineages, keyed_units
from market.agent.store.opening import AgentStore
from market.agent.store.spending import open_accounts
from market.client.api import PortalClient
from market.errors import Refused
from market.owner.describe import Declaration, parse_declaration
from market.owner.encrypt_table import EncryptedTable, Entropy, Progress, encrypt_table
from market.owner.outgoing import Outgoing, next_version, source_digest
from market.owner.read_table import read_table
from market.plan.encode import EncodingReport, encode_table, unit_ids
from market.policy.accounts import flooding_account, lineage_accounts
from market.records.listing import Listing
from market.records.manifest import Manifest, chunk_prefix
from market.records.signed import record_hash, sign_record


@dataclass(frozen=True, slots=True)
class Published:
    """`report` is for the owner alone: every number in it is read off the data."""

    dataset: str
    version: int
    manifest_hash: str
    report: EncodingReport


@dataclass(frozen=True, slots=True)
class Owner:
    """Who publishes, and with which agent."""

    identity: SigningKey
    home: AgentHome
    store: AgentStore


def publish(
    portal: PortalClient,
    owner: Owner,
    declaration_path: Path,
    table_path: Path,
    *,
    now: int,
    entropy: Entropy,
    progress: Progress,
) -> Published:
    """Publish a table as the next version of its dataset.

    Raises:
        Refused: the declaration or table is not acceptable (nothing was sent), the key was
            destroyed, or another attempt is under way.
        Unavailable: the portal does not answer; run it again with the same files.
    """
    declaration_bytes, table_bytes = _read(declaration_path), _read(table_path)
    declaration = parse_declaration(_utf8(declaration_bytes))
    source = source_digest(declaration_bytes, table_bytes)
    attempt = Outgoing(
        owner.home, declaration.dataset, next_version(owner.home, declaration.dataset)
    )
    if not attempt.is_complete:
        frame = read_table(table_path, declaration.schema)
        _prepare(owner, declaration, frame, attempt, source, now, entropy, progress)
    attempt.check_source(source)
    return _send(portal, owner, attempt, now=now, progress=progress)


def _prepare(
    owner: Owner,
    declaration: Declaration,
    frame: pd.DataFrame,
    attempt: Outgoing,
    source: str,
    now: int,
    entropy: Entropy,
    progress: Progress,
) -> None:
    encoded = encode_table(frame, declaration.schema, AGG)
    attempt.begin(source)
    keys = _keys(owner.home, declaration.dataset, entropy)
    table = encrypt_table(
        encoded.columns,
        keys.ckks,
        attempt.directory,
        prefix=chunk_prefix(attempt.dataset, owner.identity.public.fingerprint(), attempt.version),
        entropy=entropy,
        progress=progress,
    )
    lineages = _lineages(owner, declaration, frame, attempt.version, entropy)
    manifest = _manifest(owner, declaration, attempt.version, table, keys, lineages, now, entropy)
    listing = Listing(
        declaration.dataset,
        attempt.version,
        declaration.description,
        declaration.schema,
        declaration.policy,
        record_hash(manifest),
    )
    _open_accounts(owner, manifest, declaration.policy.budget_rho_units)
    write_holding(
        owner.home,
        sign_record(owner.identity, listing),
        sign_record(owner.identity, manifest),
        table.constants,
    )
    attempt.complete(canonical.dumps(wire.to_json(encoded.report)))


def _send(
    portal: PortalClient, owner: Owner, attempt: Outgoing, *, now: int, progress: Progress
) -> Published:
    holding = read_holding(owner.home, attempt.dataset, attempt.version)
    chunks = [chunk for column in holding.manifest.record.columns for chunk in column.chunks]
    for done, chunk in enumerate(chunks, start=1):
        if not attempt.is_sent(chunk):
            portal.upload(chunk.key, attempt.chunk(chunk), sha256=chunk.sha256)
            attempt.mark_sent(chunk)
        progress("send", done, len(chunks))
    portal.post(
        "datasets",
        {
            "listing": holding.listing.encode().decode(),
            "manifest": holding.manifest.encode().decode(),
        },
    )
    report = wire.decode(EncodingReport, attempt.report())
    attempt.finish(now)
    return Published(attempt.dataset, attempt.version, holding.manifest_hash, report)


def _keys(home: AgentHome, dataset: str, entropy: Entropy) -> Keys:
    path = dataset_path(home, dataset)
    held = [version for name, version in held_versions(home) if name == dataset]
    if (path / "destroyed").exists():
        raise Refused(
            "key-destroyed",
            f"The key of {dataset} was destroyed.",
            "Publish the table under another dataset id.",
        )
    if held:
        return read_keys(home, read_holding(home, dataset, held[-1]).manifest.record)
    ckks, noise = CkksSecretKey.generate(AGG), Secret(entropy(32))
    home.write_secret(path / "ckks.key", ckks.to_secret(), kind="ckks")
    home.write_secret(path / "noise.key", noise, kind="noise")
    return Keys(ckks, noise)


def _lineages(
    owner: Owner, declaration: Declaration, frame: pd.DataFrame, version: int, entropy: Entropy
) -> tuple[str, ...]:
    units = None
    if declaration.schema.privacy_unit.column is not None:
        ids = unit_ids(frame, declaration.schema)
        units = tuple(keyed_units(owner.home.lineage_key(), ids))
    return assign_lineages(
        owner.store,
        declaration.dataset,
        version,
        units,
        declaration.population,
        entropy=entropy,
    )


def _manifest(
    owner: Owner,
    declaration: Declaration,
    version: int,
    table: EncryptedTable,
    keys: Keys,
    lineages: tuple[str, ...],
    now: int,
    entropy: Entropy,
) -> Manifest:
    return Manifest(
        dataset=declaration.dataset,
        version=version,
        lineages=lineages,
        epoch=declaration.epoch,
        schema_digest=declaration.schema.digest(),
        parameters=AGG.name,
        parameters_digest=AGG.digest(),
        key_id=keys.ckks.key_id(),
        noise_commitment=noise_commitment(keys.noise),
        agent=owner.home.signing_key().public.hex,
        form="seed-only",
        ciphertexts=-(-declaration.schema.capacity_rows // AGG.slots),
        columns=table.columns,
        # The twin is public; its seed only has to differ between versions.
        twin_seed=int.from_bytes(entropy(7), "big"),
        created_at=now,
    )


def _open_accounts(owner: Owner, manifest: Manifest, budget_rho_units: int) -> None:
    """A lineage's cap is the lowest budget of any table about its people."""
    budgets = dict.fromkeys(manifest.lineages, budget_rho_units)
    newest = dict(held_versions(owner.home))
    for dataset, version in newest.items():
        held = read_holding(owner.home, dataset, version)
        if dataset == manifest.dataset or held.manifest.record.epoch != manifest.epoch:
            continue
        for lineage in set(held.manifest.record.lineages) & set(budgets):
            budgets[lineage] = min(budgets[lineage], held.listing.record.policy.budget_rho_units)
    accounts = zip(lineage_accounts(manifest), manifest.lineages, strict=True)
    caps = [(account, budgets[lineage]) for account, lineage in accounts]
    open_accounts(owner.store, [*caps, (flooding_account(manifest.key_id), CAP_UNITS)])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(
            "file-unreadable",
            f"{path} cannot be read ({type(error).__name__}).",
            "Check the path; nothing was sent.",
        ) from error


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(
            "declaration-invalid", "The declaration is not UTF-8.", "Save it in UTF-8."
        ) from error
