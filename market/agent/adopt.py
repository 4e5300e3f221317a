"""What an agent finds out about its owner before it may work: tables and spending it has missed.

A restored agent may lack tables that were published after its backup; an agent in the place of a
lost one lacks all of them, and the spending of those before it. Both are taken from what the owner
and the agents signed: what the portal lists, and every table that a receipt names. Ids are never
recovered: of an adopted table nobody is known, so that no new period and no distinct population is
proved against it by ids.

A newer version of a dataset that is held here counts as the newest, though its keyed constants are
gone and it cannot be answered: nothing older is answered in its place, nor under an older policy.
"""

from __future__ import annotations

from sqlalchemy import Connection

from crypto.errors import CryptoError
from market.adapters.private_files import write_private
from market.client.http.api import PortalClient
from market.client.verify.publication import read_publication
from market.errors import Refused
from market.policy.budget.people import terms_of
from market.records.listing import Listing
from market.records.signed import open_signed
from market.vault.editions import keep_listing
from market.vault.holdings import held_versions, read_holding
from market.vault.home import AgentHome
from market.vault.layout import version_path
from market.vault.store.lineages import set_caps
from market.vault.store.opening import AgentStore
from market.vault.store.publications import (
    Listed,
    add_table,
    drop_unlisted,
    mark_listed,
    tables,
)


def missed_tables(store: AgentStore, portal: PortalClient, owner_key: str) -> list[Listed]:
    """The owner's listed tables that this store does not know to be listed.

    Raises:
        Refused: `publication-invalid`, or a document of another owner.
    """
    with store.database.reading() as connection:
        known = {(t.dataset, t.version) for t in tables(connection, only_listed=True)}
    missed = [
        (str(line["dataset"]), version)
        for line in portal.get("agent/publications")
        for version in range(1, int(line["version"]) + 1)
        if (str(line["dataset"]), version) not in known
    ]
    return [_listed(portal, dataset, version, owner_key) for dataset, version in missed]


def read_listed(listing_text: str, manifest_text: str, owner_key: str | None) -> Listed:
    """A table out of its two documents, by this owner; by whoever signed both for None.

    Raises:
        Refused: `publication-invalid`.
    """
    publication = read_publication(listing_text, manifest_text)
    try:
        listing = open_signed(Listing, listing_text.encode(), signer=owner_key)
    except CryptoError as error:
        raise _not_the_owners(f"a table under another owner's key ({error})") from error
    return Listed(terms_of(publication.listing, publication.manifest), listing)


def adopt_tables(home: AgentHome, store: AgentStore, missed: list[Listed]) -> None:
    """Remember tables as listed, and set the caps of their people.

    What was entered here under the same name and number is the same table only where its manifest
    is the listed one; an attempt that was given up after the backup is forgotten, with its ids.
    """
    ours = {_name(table) for table in missed if _is_held(home, table)}

    def step(connection: Connection) -> None:
        # A listed table stays as it was entered: its ids are known here, and would be lost.
        known = {(table.dataset, table.version) for table in tables(connection, only_listed=True)}
        for table in missed:
            if _name(table) in ours:
                mark_listed(connection, *_name(table))
            elif _name(table) not in known:
                drop_unlisted(connection, *_name(table))
                add_table(connection, table.terms, None, is_listed=True)
            known.add(_name(table))
        # After all of them are listed: the caps of the people of one depend on the others.
        for table in missed:
            set_caps(connection, table.terms)

    # The files first. A crash in between leaves a version that is not answered and not counted,
    # and the next reconciliation finds it missing again.
    for table in missed:
        if _name(table) not in ours:
            _keep_listing(home, table)
    store.database.run(step)


def _name(table: Listed) -> tuple[str, int]:
    return table.terms.dataset, table.terms.version


def _is_held(home: AgentHome, table: Listed) -> bool:
    """Whether this home holds the very version: its publication finishes it."""
    if _name(table) not in held_versions(home):
        return False
    return read_holding(home, *_name(table)).manifest_hash == table.listing.record.manifest_hash


def _keep_listing(home: AgentHome, table: Listed) -> None:
    """A version that was published from here and is here no more is the newest all the same."""
    if not any(dataset == table.terms.dataset for dataset, _ in held_versions(home)):
        return
    path = version_path(home, *_name(table))
    # Of another attempt at this number: it can never be listed now.
    (path / "manifest.json").unlink(missing_ok=True)
    (path / "constants.bin").unlink(missing_ok=True)
    keep_listing(home, table.listing)
    write_private(path / "published", b"adopted")


def _listed(portal: PortalClient, dataset: str, version: int, owner_key: str) -> Listed:
    shown = portal.get("agent/publication", dataset=dataset, version=str(version))
    listed = read_listed(str(shown["listing"]), str(shown["manifest"]), owner_key)
    seen = (listed.terms.dataset, listed.terms.version)
    if seen != (dataset, version):
        raise _not_the_owners(f"{seen[0]} version {seen[1]} for {dataset} version {version}")
    return listed


def _not_the_owners(what: str) -> Refused:
    return Refused(
        "publication-invalid",
        f"The portal shows {what}.",
        "Keep the agent stopped, and tell the operator of the portal.",
    )
