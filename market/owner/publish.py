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

from market.client.api import PortalClient
from market.errors import Refused
from market.owner.appoint import ensure_appointed
from market.owner.describe import read_declaration
from market.owner.encrypt_table import Progress
from market.owner.make_version import Draft, make_version
from market.owner.missed_end import finish, finish_if_listed
from market.owner.outgoing import Outgoing, next_version
from market.owner.owner import Owner
from market.owner.settle_table import Files, OwnersWord
from market.owner.survey import TableReport
from market.policy.contradictions import unanswerable
from market.vault.holdings import read_holding
from market.vault.home import AgentHome, Entropy
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
    files: Files,
    *,
    word: OwnersWord,
    now: int,
    entropy: Entropy,
    progress: Progress,
) -> Published:
    """Publish a table as the next version of its dataset.

    Raises:
        Refused: the declaration or table is not acceptable or accepted (nothing was sent), the key
            was destroyed, another attempt is under way, or the agent may not know all its tables
            (`agent-unreconciled`) or is not the appointed one.
        Unavailable: the portal does not answer; run it again with the same files.
    """
    owner.store.check_reconciled()
    ensure_appointed(portal, owner.identity, owner.home.public_keys(), now=now)
    declaration = read_declaration(files.declaration)
    _check_not_destroyed(owner.home, declaration.dataset)
    source = files.digest()
    attempt = _attempt(portal, owner, declaration.dataset, source, now=now)
    if not attempt.is_complete:
        draft = Draft(attempt, files, source, declaration)
        make_version(owner, draft, word, now=now, entropy=entropy, progress=progress)
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
