"""Publish a table: make a version of it, send, list; a second run goes on where the first stopped.

The order is what makes it safe: all chunks are on disk and the agent holds the signed version
before the first byte is sent, so stored bytes are sent again and nothing is encrypted twice. A
further version of a dataset keeps its keys and takes fresh seeds.

Who is in the table is settled before it is encrypted: where it would share the budget of other
tables the owner is asked, and the caps of its people change after the portal's acceptance, never
before.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.client.http.api import PortalClient
from market.errors import Refused, Unavailable
from market.owner.declaration.describe import read_declaration
from market.owner.outgoing import Outgoing, next_version
from market.owner.owner import Owner
from market.owner.publish.encrypt_table import Progress
from market.owner.publish.kept_layout import remember_declaration
from market.owner.publish.make_version import Draft, make_version
from market.owner.publish.missed_end import finish, finish_if_listed
from market.owner.publish.same_table import remember_table
from market.owner.publish.send_chunks import send_chunks
from market.owner.publish.settle_table import Files, OwnersWord
from market.owner.table.survey import TableReport
from market.owner.word.appoint import ensure_appointed
from market.patience import Patience
from market.policy.budget.contradictions import unanswerable
from market.policy.listing.counted_chunks import chunks_of, new_chunks
from market.vault.holdings import Holding, read_holding
from market.vault.home import AgentHome, Entropy
from market.vault.layout import dataset_path

PATIENCE = Patience(limit_seconds=300)
"""A store that starts again is back in seconds; a person who waits is told within minutes."""


@dataclass(frozen=True, slots=True)
class Published:
    """`report` is for the owner alone: every number in it is read off the data.

    `unanswerable` says what the policy sells and cannot answer
    (market.policy.budget.contradictions). Of its `blocks` of rows, `new_blocks` were encrypted and
    sent; the others are those of the version before (market.owner.publish.taken_over).
    """

    dataset: str
    version: int
    manifest_hash: str
    report: TableReport
    unanswerable: tuple[str, ...]
    blocks: int
    new_blocks: int


def publish(
    portal: PortalClient,
    owner: Owner,
    files: Files,
    *,
    word: OwnersWord,
    now: int,
    entropy: Entropy,
    progress: Progress,
    appends: bool = False,
    patience: Patience = PATIENCE,
) -> Published:
    """Publish a table as the next version of its dataset.

    Args:
        appends: take over what the version before has of its first rows, by the owner's word:
            everybody sees then that it begins with the same rows, and how many blocks they fill.
        patience: how long a portal or store that is away is waited for while the version is sent.

    Raises:
        Refused: the declaration or table is not acceptable or accepted (nothing was sent), the key
            was destroyed, another attempt is under way, or the agent may not know all its tables
            (`agent-unreconciled`) or is not the appointed one.
        Unavailable: the portal does not answer; `publication-waits`, portal or store were away for
            too long while it was sent. Run it again with the same files.
    """
    owner.store.check_reconciled()
    ensure_appointed(portal, owner.identity, owner.home.public_keys(), now=now)
    declaration = read_declaration(files.declaration)
    _check_not_destroyed(owner.home, declaration.dataset)
    source = files.digest()
    attempt = _attempt(portal, owner, declaration.dataset, source, now=now)
    if not attempt.is_complete:
        draft = Draft(attempt, files, source, declaration, appends=appends)
        make_version(owner, draft, word, now=now, entropy=entropy, progress=progress)
        remember_table(attempt, files)
        remember_declaration(attempt, files)
    attempt.check_source(source)
    holding = read_holding(owner.home, attempt.dataset, attempt.version)
    _send(portal, attempt, holding, patience, progress)
    report = finish(owner.home, owner.store, attempt, now=now)
    return _published(holding, report)


def _attempt(
    portal: PortalClient, owner: Owner, dataset: str, source: str, *, now: int
) -> Outgoing:
    """The version to work on. One of other files that the portal has listed is finished first."""
    attempt = Outgoing(owner.home, dataset, next_version(owner.home, owner.store, dataset))
    if attempt.is_complete and not attempt.is_made_from(source):
        finish_if_listed(portal, owner.home, owner.store, attempt, now=now)
    return Outgoing(owner.home, dataset, next_version(owner.home, owner.store, dataset))


def _send(
    portal: PortalClient,
    attempt: Outgoing,
    holding: Holding,
    patience: Patience,
    progress: Progress,
) -> None:
    """All its own chunks to the store, then both documents to the portal, which lists them."""
    chunks = new_chunks(holding.manifest.record)
    documents = {
        "listing": holding.listing.encode().decode(),
        "manifest": holding.manifest.encode().decode(),
    }
    try:
        send_chunks(portal, attempt, chunks, patience=patience, progress=progress)
        try:
            patience.wait_for(lambda: portal.post("datasets", documents))
        except Refused as error:
            if error.code != "chunk-missing":
                raise
            # What rested for too long was deleted, with the marks of it still here.
            attempt.forget_sent(chunks)
            send_chunks(portal, attempt, chunks, patience=patience, progress=progress)
            patience.wait_for(lambda: portal.post("datasets", documents))
    except Unavailable as error:
        sent = sum(map(attempt.is_sent, chunks))
        raise Unavailable(
            "publication-waits",
            f"Version {attempt.version} of {attempt.dataset} is encrypted and signed, {sent} of "
            f"its {len(chunks)} chunks are stored, and it cannot go on now: {error}",
            "Nothing is lost. Run the same command again with the same files: what is stored is "
            "not sent again.",
        ) from error


def _published(holding: Holding, report: TableReport) -> Published:
    listing, manifest = holding.listing.record, holding.manifest.record
    blocks = {chunk.first_ciphertext for chunk in chunks_of(manifest)}
    new = {chunk.first_ciphertext for chunk in new_chunks(manifest)}
    return Published(
        manifest.dataset,
        manifest.version,
        holding.manifest_hash,
        report,
        tuple(one.sentence for one in unanswerable(listing.policy, listing.schema)),
        len(blocks),
        len(new),
    )


def _check_not_destroyed(home: AgentHome, dataset: str) -> None:
    if (dataset_path(home, dataset) / "destroyed").exists():
        raise Refused(
            "key-destroyed",
            f"The key of {dataset} was destroyed.",
            "Publish the table under another dataset id.",
        )
