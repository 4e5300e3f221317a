"""Who is in which table: every person's budget follows them, whatever the table is called.

market.policy.budget.people has the rules. A table is entered before it is encrypted and counts for
every later one from then on; the caps of its people change when the portal has listed it, never
before. A table that is entered and not listed is given up by `forget`.

Ids never leave the agent: they are kept as HMAC-SHA256 under the lineage key, cut to 16 bytes.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from crypto.secret import Secret
from market.database.ledger import balances
from market.database.ledger import sql_ledger as ledger
from market.entities.account import Balance, CapTooLow
from market.errors import Conflict, NotFound, Refused
from market.policy.budget.people import TableTerms, cap_of, caps, newest, total_needed
from market.tables.person import normal_id
from market.vault.store.opening import AgentStore
from market.vault.store.publications import (
    add_lineages,
    add_table,
    drop_unlisted,
    have_ids,
    mark_listed,
    tables,
    units_in_common,
)

_UNIT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Affected:
    """Another table whose budget this one would share; all in rho units.

    `left` is what all buyers together may still spend on it afterwards.
    """

    dataset: str
    cap_before: int
    cap_after: int
    left: int


@dataclass(frozen=True, slots=True)
class Entered:
    """A table's lineages, and what they mean: its own cap, what of it is left, and for whom.

    `affected` are the tables it begins to share with, or whose cap it changes.
    """

    lineages: tuple[str, ...]
    cap: int
    left: int
    affected: tuple[Affected, ...]


def keyed_units(key: Secret, ids: Iterable[str]) -> Iterator[bytes]:
    """The ids as they are kept: keyed, so that the store alone does not tell who is in a table."""
    for identifier in ids:
        message = b"market/unit/1\x00" + normal_id(identifier).encode("utf-8", "surrogatepass")
        yield hmac.new(key.reveal(), message, hashlib.sha256).digest()[:_UNIT_BYTES]


def enter(
    store: AgentStore,
    table: TableTerms,
    distinct_from: tuple[str, ...],
    units: Collection[bytes] | None,
    *,
    entropy: Callable[[int], bytes],
) -> Entered:
    """Give a table its lineages and remember its people. Entered again, it is judged anew.

    Args:
        table: its terms; the lineages are made here.
        distinct_from: tables of which nobody is in this one, by the owner's declaration.
        units: keyed ids of the privacy units, or None for a table without ids.

    Raises:
        Refused: `population-unknown` or `population-overlap` for a declaration that names no
            other table or is false; `epoch-not-new` where somebody may be in two epochs and no
            total is declared; `cap-below-spending`. Nothing is remembered.
    """

    def step(connection: Connection) -> Entered:
        # An earlier attempt at this version must not count as another table that it could join.
        drop_unlisted(connection, table.dataset, table.version)
        # Tables that are entered and not listed yet count too: of two that are under way at once
        # the second joins the first.
        others = tables(connection)
        _check_not_listed(table, others)
        _check_names(table, others, distinct_from)
        # Its ids go in before the checks, which compare ids with ids inside the database: a table
        # of millions is never in memory. A check that fails undoes all of it.
        add_table(connection, replace(table, lineages=()), units, is_listed=False)
        # Ids cannot prove that nobody is in both, but they can refute it.
        _check_distinct(connection, table, distinct_from)
        near = [other for other in others if other.dataset not in distinct_from]
        _check_epoch(connection, table, near)
        # Whoever may be in two tables spends from both, so it shares all lineages of all of them;
        # a table that is near nothing begins a lineage under a name that says nothing.
        joined = {lineage for other in near for lineage in other.lineages}
        lineages = tuple(sorted(joined)) or (entropy(16).hex(),)
        entered = replace(table, lineages=lineages)
        add_lineages(connection, entered)
        return _meaning(connection, entered, others)

    return store.remember(step)


def confirm(
    store: AgentStore, dataset: str, version: int, further: Iterable[tuple[str, int]] = ()
) -> None:
    """The portal has listed a table: the caps of its people are now what its terms make them.

    A cap is never set below what is spent and reserved; nothing is left then.

    Args:
        further: accounts to open beside those of the people, with their caps.
    """

    def step(connection: Connection) -> None:
        # Listed first: the table has its own say on the caps.
        mark_listed(connection, dataset, version)
        listed = tables(connection, only_listed=True)
        (table,) = (t for t in listed if (t.dataset, t.version) == (dataset, version))
        set_caps(connection, table)
        for account, cap_units in further:
            _open(connection, account, cap_units)

    store.remember(step)


def set_caps(connection: Connection, table: TableTerms) -> None:
    """Let every listed table have its say on the caps of this one's people."""
    of_people = caps(tables(connection, only_listed=True))
    for account in sorted(table.accounts()):
        # An older version's epoch has no say of its own any more.
        if account in of_people:
            _open(connection, account, of_people[account])


def forget(store: AgentStore, dataset: str, version: int) -> None:
    """Give up a table that was entered; a listed one stays for ever."""
    store.remember(lambda connection: drop_unlisted(connection, dataset, version))


def _check_not_listed(table: TableTerms, others: list[TableTerms]) -> None:
    if (table.dataset, table.version) in {(other.dataset, other.version) for other in others}:
        raise Conflict(
            "publication-listed",
            f"Version {table.version} of {table.dataset} is listed already.",
            "Discard what is unfinished of it here: market dataset discard.",
        )


def _check_names(
    table: TableTerms, others: list[TableTerms], distinct_from: tuple[str, ...]
) -> None:
    known = sorted({other.dataset for other in others} - {table.dataset})
    if unknown := sorted(set(distinct_from) - set(known)):
        raise Refused(
            "population-unknown",
            f"distinct_from names {unknown[0]}; your other tables here are "
            f"{', '.join(known) or 'none'}.",
            "Name only tables that this agent has published; nothing was sent.",
        )


def _check_distinct(
    connection: Connection, table: TableTerms, distinct_from: tuple[str, ...]
) -> None:
    for other in distinct_from:
        if found := units_in_common(connection, table, other):
            raise Refused(
                "population-overlap",
                f"The declaration says that nobody of {table.dataset} is in {other}; "
                f"{found} ids are in both.",
                f"Take {other} out of distinct_from: the two share a budget. Nothing was sent.",
            )


def _check_epoch(connection: Connection, table: TableTerms, near: list[TableTerms]) -> None:
    """Nobody in two epochs, by their keyed ids; or a declared total over all of them."""
    if table.total_rho_units is not None:
        # The total is an account of its own, charged in every epoch: no proof is needed.
        return
    if any(other.total_rho_units is not None for other in near):
        raise total_needed(table.dataset, table.epoch, "its people have a declared total already")
    for other in near:
        if other.epoch != table.epoch:
            _check_new_people(connection, table, other)


def _check_new_people(connection: Connection, table: TableTerms, other: TableTerms) -> None:
    for one in (table, other):
        if not have_ids(connection, one.dataset, one.version):
            raise total_needed(
                table.dataset,
                table.epoch,
                f"no ids of {one.dataset} version {one.version} are known here to tell by",
            )
    if found := units_in_common(connection, table, other.dataset, other.version):
        raise total_needed(
            table.dataset,
            table.epoch,
            f"{found} ids are in {other.dataset} of period {other.epoch} too",
        )


def _meaning(connection: Connection, table: TableTerms, others: list[TableTerms]) -> Entered:
    before, after = caps(others), caps([*others, table])
    # What was spent by these people under other tables counts here at once.
    for account in table.accounts():
        held = balance_of(connection, account)
        if after[account] < held.spent_units + held.reserved_units:
            raise CapTooLow(held, after[account])
    earlier = {other.dataset: other for other in newest(others)}
    # Against its own earlier version: what the two share already is no news to the owner.
    mine = earlier.pop(table.dataset, replace(table, lineages=()))
    affected = [
        Affected(
            other.dataset,
            cap_of(other, before),
            cap_of(other, after),
            left_of(connection, other, after),
        )
        for other in earlier.values()
        if set(other.lineages) & set(table.lineages)
        and (
            cap_of(other, before) != cap_of(other, after)
            or not set(other.lineages) & set(mine.lineages)
        )
    ]
    return Entered(
        table.lineages, cap_of(table, after), left_of(connection, table, after), tuple(affected)
    )


def left_of(connection: Connection, table: TableTerms, of_accounts: Mapping[str, int]) -> int:
    """What all buyers together may still spend on a table under these caps, in rho units."""
    return min(of_accounts[a] - _taken(connection, a) for a in table.accounts())


def _open(connection: Connection, account: str, cap_units: int) -> None:
    ledger.open_account(connection, account, max(cap_units, _taken(connection, account)))


def _taken(connection: Connection, account: str) -> int:
    held = balance_of(connection, account)
    return held.spent_units + held.reserved_units


def balance_of(connection: Connection, account: str) -> Balance:
    """An account's balance; nothing of one that no listed table has opened."""
    try:
        return balances.balance(connection, account)
    except NotFound:
        # It is opened when its first table is listed.
        return Balance(account, 0, 0, 0)
