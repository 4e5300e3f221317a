"""What an agent finds out about its owner before it may work: tables and spending it has missed.

A restored agent may lack tables that were published after its backup; an agent in the place of a
lost one lacks all of them, and the spending of those before it. Both are taken from what the owner
and the agents signed: what the portal lists, and every table that a receipt names. Ids are never
recovered: of an adopted table nobody is known, so that no new period and no distinct population is
proved against it by ids.
"""

from __future__ import annotations

from sqlalchemy import Connection

from market.agent.store.lineages import set_caps
from market.agent.store.opening import AgentStore
from market.agent.store.publications import add_table, mark_listed, tables
from market.client.api import PortalClient
from market.client.publication import read_publication
from market.errors import Refused
from market.policy.people import TableTerms, terms_of


def missed_tables(store: AgentStore, portal: PortalClient, owner_key: str) -> list[TableTerms]:
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
    return [_terms(portal, dataset, version, owner_key) for dataset, version in missed]


def adopt_tables(store: AgentStore, missed: list[TableTerms]) -> None:
    """Remember tables as listed, and set the caps of their people."""

    def step(connection: Connection) -> None:
        entered = {(table.dataset, table.version) for table in tables(connection)}
        for table in missed:
            if (table.dataset, table.version) in entered:
                mark_listed(connection, table.dataset, table.version)
            else:
                add_table(connection, table, None, is_listed=True)
                entered.add((table.dataset, table.version))
        for table in missed:
            set_caps(connection, table)

    store.database.run(step)


def _terms(portal: PortalClient, dataset: str, version: int, owner_key: str) -> TableTerms:
    shown = portal.get("agent/publication", dataset=dataset, version=str(version))
    publication = read_publication(str(shown["listing"]), str(shown["manifest"]))
    seen = (publication.listing.dataset, publication.listing.version, publication.owner_key)
    if seen != (dataset, version, owner_key):
        raise Refused(
            "publication-invalid",
            f"The portal shows {seen[0]} version {seen[1]} for {dataset} version {version}, or "
            "under another owner's key.",
            "Keep the agent stopped, and tell the operator of the portal.",
        )
    return terms_of(publication.listing, publication.manifest)
