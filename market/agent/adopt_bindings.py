"""Tables its member has bound in consortia without this agent knowing: before it, or since its
backup.

The portal shows, of every consortium, the agreement of the owner's newest binding with all that was
signed for it. The newest is enough: a table holds every lineage of those before it under its name.
As of an adopted publication (market.agent.adopt) nobody of such a table is known by id.

Whether the portal withholds one is told by the receipts: each names the lineages it was charged to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from crypto.canonical import Json
from market.client.http.api import PortalClient
from market.client.verify.consortium import rebuild_consortium
from market.errors import Refused
from market.policy.budget.people import TableTerms, terms_of_binding
from market.records.binding import Binding
from market.records.receipt import Receipt
from market.records.signed import Signed, open_signed, record_hash
from market.vault.adopted_bindings import adopt_binding, known_bindings
from market.vault.home import AgentHome
from market.vault.store.lineages import set_caps
from market.vault.store.opening import AgentStore
from market.vault.store.publications import add_table, drop_unlisted, tables
from market.vault.store.recovery import Recovered


@dataclass(frozen=True, slots=True)
class MissedBinding:
    """The owner's newest binding in a consortium, newer than all that is known here."""

    consortium: str
    number: int
    binding: Signed[Binding]

    @property
    def terms(self) -> TableTerms:
        """Numbered as the portal numbers it, not as this store will."""
        return terms_of_binding(self.consortium, self.binding.record)


def missed_bindings(home: AgentHome, portal: PortalClient, owner_key: str) -> list[MissedBinding]:
    """The owner's newest bindings that this home does not know.

    Raises:
        Refused: `consortium-invalid`, `binding-invalid`; `holding-damaged`.
    """
    shown = (_shown(one, owner_key) for one in portal.get("agent/bindings"))
    return [one for one in shown if _is_missed(home, one)]


def adopt_bindings(home: AgentHome, store: AgentStore, missed: Iterable[MissedBinding]) -> None:
    """Remember missed tables as bound, set the caps of their people, and keep their bindings."""
    for one in missed:
        # The store first: entered twice it means the same; kept and not entered it would be missed
        # for ever.
        store.database.run(partial(_enter, terms=one.terms))
        adopt_binding(home, one.consortium, one.number, one.binding)


def check_lineages_known(
    store: AgentStore, releases: Iterable[Recovered], missed: Iterable[TableTerms]
) -> None:
    """That the people of every release are those of a table that is known here or was missed.

    Else the next table would begin their budget anew.

    Raises:
        Refused: `receipt-unproved`.
    """
    with store.database.reading() as connection:
        terms = [*tables(connection, only_listed=True), *missed]
    known = {lineage for table in terms for lineage in table.lineages}
    for release in releases:
        receipt = open_signed(Receipt, release.receipt.encode()).record
        for charged in receipt.datasets:
            if unknown := sorted(set(charged.lineages) - known):
                raise Refused(
                    "receipt-unproved",
                    f"Receipt {receipt.sequence} charges the people of {charged.dataset}, of "
                    f"lineage {unknown[0]}; the portal shows no table of theirs.",
                    "The platform withholds what the owner signed for that table: ask its "
                    "operator, and keep the agent stopped.",
                )


def _enter(connection: Connection, *, terms: TableTerms) -> None:
    known = [table for table in tables(connection) if table.dataset == terms.dataset]
    # An attempt that was under way is given up with the binding it would have had.
    for table in known:
        drop_unlisted(connection, table.dataset, table.version)
    number = 1 + max((table.version for table in known), default=0)
    entered = replace(terms, version=number)
    add_table(connection, entered, None, is_listed=True)
    set_caps(connection, entered)


def _shown(answer: Mapping[str, Json], owner_key: str) -> MissedBinding:
    found = rebuild_consortium(answer)
    binding = next((one for one in found.bindings if one.signer == owner_key), None)
    if binding is None:
        raise Refused(
            "binding-invalid",
            f"The portal shows agreement {found.number} of {found.consortium} as one the owner has "
            "bound a table to; none of its bindings is under their key.",
            "Keep the agent stopped, and tell the operator of the portal.",
        )
    return MissedBinding(found.consortium, found.number, binding)


def _is_missed(home: AgentHome, shown: MissedBinding) -> bool:
    record = shown.binding.record
    place, known = (shown.number, record.version), known_bindings(home, shown.consortium)
    # An older one is no news, even where it never was here: it says nothing on the caps any more.
    return place >= max(known, default=place) and known.get(place) != record_hash(record)
