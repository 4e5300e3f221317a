"""Another listing of a listed table: its terms change in the agent's store, and with them the caps.

Who is in the table stays as it was entered (market.vault.store.lineages).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, update

from market.entities.account import CapTooLow
from market.errors import Refused
from market.policy.budget.people import TableTerms, cap_of, caps, newest
from market.vault.store.lineages import Affected, balance_of, left_of, set_caps
from market.vault.store.opening import AgentStore
from market.vault.store.publications import tables
from market.vault.store.tables import PUBLICATION


@dataclass(frozen=True, slots=True)
class Amended:
    """What all buyers together may spend on a table before and after, in rho units, by its own
    terms and those of the tables whose people it shares; `affected` are those whose cap changes."""

    cap_before: int
    cap_after: int
    affected: tuple[Affected, ...]


def amendment(store: AgentStore, table: TableTerms) -> Amended:
    """What other terms for a listed table would mean; nothing changes.

    Raises:
        Refused: `publication-unconfirmed`: the table is not known to be listed.
        CapTooLow: more is spent and reserved than an account would have.
    """
    with store.database.reading() as connection:
        return _amended(connection, table)


def amend(store: AgentStore, table: TableTerms, keep: Callable[[], None]) -> None:
    """Set a listed table's terms and its people's caps, once `keep` has kept its listing.

    Raises:
        Refused, CapTooLow: as `amendment`; nothing is kept.
    """

    def step(connection: Connection) -> None:
        _amended(connection, table)
        _set_terms(connection, table)
        # Whoever gives them another listing meanwhile waits for this transaction. A crash after
        # this leaves the listing and the caps of before, and the same command sets those.
        keep()

    store.remember(step)


def follow(store: AgentStore, table: TableTerms) -> None:
    """The terms of a listing that this agent had missed; of what is spent already nothing is
    left."""
    # As whatever a reconciliation adds: the store counts on once that has gone through.
    store.database.run(lambda connection: _set_terms(connection, table))


def _set_terms(connection: Connection, table: TableTerms) -> None:
    connection.execute(
        update(PUBLICATION)
        .where(PUBLICATION.c.dataset == table.dataset, PUBLICATION.c.version == table.version)
        .values(budget_rho_units=table.budget_rho_units, total_rho_units=table.total_rho_units)
    )
    set_caps(connection, table)


def _amended(connection: Connection, table: TableTerms) -> Amended:
    listed = tables(connection, only_listed=True)
    name = table.dataset, table.version
    if name not in {(one.dataset, one.version) for one in listed}:
        raise Refused(
            "publication-unconfirmed",
            f"The agent does not know yet that version {table.version} of {table.dataset} is "
            "listed.",
            "Run `market dataset publish` again with the same files, to finish it.",
        )
    others = [one for one in listed if (one.dataset, one.version) != name]
    before, after = caps(listed), caps([*others, table])
    _check_spent(connection, table.accounts(), before, after)
    affected = [
        Affected(
            one.dataset, cap_of(one, before), cap_of(one, after), left_of(connection, one, after)
        )
        for one in newest(others)
        if one.dataset != table.dataset and cap_of(one, before) != cap_of(one, after)
    ]
    return Amended(cap_of(table, before), cap_of(table, after), tuple(affected))


def _check_spent(
    connection: Connection,
    accounts: Collection[str],
    before: Mapping[str, int],
    after: Mapping[str, int],
) -> None:
    for account in sorted(accounts):
        held = balance_of(connection, account)
        # An account that another listing has left too small already is none of this one's doing.
        if after[account] < min(before[account], held.spent_units + held.reserved_units):
            raise CapTooLow(held, after[account])
