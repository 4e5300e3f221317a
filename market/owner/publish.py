"""Publish a table: read, encrypt, sign, send; a second run goes on where the first stopped.

The table is read twice from top to bottom, some rows at a time: first to look at it, then to
encrypt it. The order is what makes it safe: all chunks are on disk and the agent holds the signed
version before the first byte is sent, so stored bytes are sent again and nothing is encrypted
twice. A further version of a dataset keeps its keys and takes fresh seeds.

Who is in the table is settled before it is encrypted: where it would share the budget of other
tables the owner is asked, and the caps of its people change after the portal's acceptance, never
before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crypto.parameters import AGG
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey
from market import wire
from market.client.api import PortalClient
from market.errors import Refused
from market.owner.appoint import ensure_appointed
from market.owner.contributions_on_disk import ContributionsOnDisk
from market.owner.describe import Declaration, read_declaration
from market.owner.encrypt_table import EncryptedTable, Entropy, Progress, encrypt_table
from market.owner.missed_end import finish, finish_if_listed
from market.owner.outgoing import Outgoing, next_version, source_digest
from market.owner.people import Agree, settle_people
from market.owner.read_table import open_table
from market.owner.sign_version import EncryptedVersion, Owner, sign_version
from market.owner.survey import Consent, TableReport, findings, nobody_to_ask, survey
from market.owner.table_file import TableFile
from market.policy.contradictions import unanswerable
from market.records.manifest import chunk_prefix
from market.tables.encode import Encoder
from market.vault.holdings import held_versions, read_holding
from market.vault.home import AgentHome
from market.vault.keys import Keys, read_keys, write_keys
from market.vault.layout import dataset_path


@dataclass(frozen=True, slots=True)
class Published:
    """`report` is for the owner alone: every number in it is read off the data.

    `unanswerable` says what the policy sells and cannot answer (market.policy.contradictions).
    """

    dataset: str
    version: int
    manifest_hash: str
    report: TableReport
    unanswerable: tuple[str, ...]


def publish(
    portal: PortalClient,
    owner: Owner,
    declaration_path: Path,
    table_path: Path,
    *,
    agree: Agree,
    now: int,
    entropy: Entropy,
    progress: Progress,
    consent: Consent = nobody_to_ask,
) -> Published:
    """Publish a table as the next version of its dataset.

    Args:
        agree: asks the owner whether the table may share the budget of others.
        consent: asks the owner about what the table holds, before anything is encrypted.

    Raises:
        Refused: the declaration or table is not acceptable or accepted (nothing was sent), the key
            was destroyed, another attempt is under way, or the agent may not know all its tables
            (`agent-unreconciled`) or is not the appointed one.
        Unavailable: the portal does not answer; run it again with the same files.
    """
    owner.store.check_reconciled()
    ensure_appointed(portal, owner.identity, owner.home.signing_key().public, now=now)
    declaration = read_declaration(declaration_path)
    _check_not_destroyed(owner.home, declaration.dataset)
    source = source_digest(declaration_path, table_path)
    attempt = _attempt(portal, owner, declaration.dataset, source, now=now)
    if not attempt.is_complete:
        table = open_table(table_path, declaration.layout)
        with ContributionsOnDisk(owner.home.lineage_key()) as people:
            report = survey(table, declaration.schema, people)
            consent(findings(report.encoding))
            has_ids = declaration.schema.privacy_unit.column is not None
            units = people if has_ids else None
            entered = settle_people(
                owner.store, declaration, attempt.version, units, agree, entropy
            )
        attempt.begin(source)
        keys = _keys(owner.home, declaration.dataset, entropy)
        encrypted = _encrypt(owner, declaration, table, attempt, keys.ckks, entropy, progress)
        if source_digest(declaration_path, table_path) != source:
            raise _changed(table_path)
        version = EncryptedVersion(declaration, attempt.version, entered.lineages, keys, encrypted)
        sign_version(owner, version, now=now, entropy=entropy)
        attempt.complete(wire.encode(report))
    attempt.check_source(source)
    return _send(portal, owner, attempt, now=now, progress=progress)


def _attempt(
    portal: PortalClient, owner: Owner, dataset: str, source: str, *, now: int
) -> Outgoing:
    """The version to work on. One of other files that the portal has listed is finished first."""
    attempt = Outgoing(owner.home, dataset, next_version(owner.home, owner.store, dataset))
    if attempt.is_complete and not attempt.is_made_from(source):
        finish_if_listed(portal, owner.home, owner.store, attempt, now=now)
    return Outgoing(owner.home, dataset, next_version(owner.home, owner.store, dataset))


def _encrypt(
    owner: Owner,
    declaration: Declaration,
    table: TableFile,
    attempt: Outgoing,
    key: CkksSecretKey,
    entropy: Entropy,
    progress: Progress,
) -> EncryptedTable:
    """Read the table once more, and encrypt it."""
    with ContributionsOnDisk(owner.home.lineage_key()) as counted:
        encoder = Encoder(declaration.schema, counted)
        return encrypt_table(
            declaration.schema,
            map(encoder.encode, table.batches()),
            key,
            attempt.directory,
            prefix=chunk_prefix(
                attempt.dataset, owner.identity.public.fingerprint(), attempt.version
            ),
            entropy=entropy,
            progress=progress,
        )


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
    report = finish(owner.home, owner.store, attempt, now=now)
    listing = holding.listing.record
    return Published(
        attempt.dataset,
        attempt.version,
        holding.manifest_hash,
        report,
        tuple(one.sentence for one in unanswerable(listing.policy, listing.schema)),
    )


def _check_not_destroyed(home: AgentHome, dataset: str) -> None:
    if (dataset_path(home, dataset) / "destroyed").exists():
        raise Refused(
            "key-destroyed",
            f"The key of {dataset} was destroyed.",
            "Publish the table under another dataset id.",
        )


def _keys(home: AgentHome, dataset: str, entropy: Entropy) -> Keys:
    """The dataset's keys; new ones, stored, until a version of it is held. Ask once an attempt."""
    held = [version for name, version in held_versions(home) if name == dataset]
    if held:
        return read_keys(home, read_holding(home, dataset, held[-1]).manifest.record)
    keys = Keys(CkksSecretKey.generate(AGG), Secret(entropy(32)))
    write_keys(home, dataset, keys)
    return keys


def _changed(table: Path) -> Refused:
    return Refused(
        "table-changed",
        f"{table.name} or its declaration changed while it was read.",
        "Publish again when nobody writes to it; nothing was sent.",
    )
