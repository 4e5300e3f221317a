"""Which caps follow from an owner's tables, and what their documents must say about people.

The rules keep one thing true: for every person there is a lineage that each release about them
charges, and what all those charges may add up to is one epoch's cap or one declared total.

    lineages   a table joins every lineage of its owner's other tables, unless the owner's signed
               listing declares that nobody of one is in the other
    epochs     nobody is in tables of two epochs, or the owner declares a total over all of them
    caps       the lowest budget, and the lowest total, of the newest version of any table

The agent sees the ids and checks all of it; what documents alone show is checked by the portal too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from market.entities.account import MAXIMUM_UNITS
from market.errors import Refused
from market.policy.budget.accounts import epoch_account, total_account
from market.records.binding import Binding
from market.records.listing import Listing, Population
from market.records.manifest import Manifest


@dataclass(frozen=True, slots=True)
class TableTerms:
    """What one dataset version, or bound table, says about its people and their budget."""

    dataset: str
    version: int
    lineages: tuple[str, ...]
    epoch: int
    budget_rho_units: int
    total_rho_units: int | None

    def accounts(self) -> tuple[str, ...]:
        """Of its people: each lineage in this epoch, and over all."""
        return (
            *(epoch_account(lineage, self.epoch) for lineage in self.lineages),
            *map(total_account, self.lineages),
        )


def terms_of(listing: Listing, manifest: Manifest) -> TableTerms:
    return TableTerms(
        listing.dataset,
        listing.version,
        manifest.lineages,
        manifest.epoch,
        listing.policy.budget_rho_units,
        listing.policy.total_rho_units,
    )


def terms_of_binding(consortium: str, binding: Binding) -> TableTerms:
    """Those of a table bound in a consortium, under the consortium's name."""
    return TableTerms(
        consortium,
        binding.version,
        binding.lineages,
        binding.epoch,
        binding.policy.budget_rho_units,
        binding.policy.total_rho_units,
    )


def newest(tables: Iterable[TableTerms]) -> list[TableTerms]:
    """The newest version of each dataset."""
    found: dict[str, TableTerms] = {}
    for table in tables:
        if table.dataset not in found or found[table.dataset].version < table.version:
            found[table.dataset] = table
    return list(found.values())


def caps(tables: Iterable[TableTerms]) -> dict[str, int]:
    """The cap of every account of the tables' people, by the newest version of each.

    A lineage without a declared total has the ledger's maximum there, which limits nothing.
    """
    found: dict[str, int] = {}
    for table in newest(tables):
        total = MAXIMUM_UNITS if table.total_rho_units is None else table.total_rho_units
        for lineage in table.lineages:
            for account, cap_units in (
                (epoch_account(lineage, table.epoch), table.budget_rho_units),
                (total_account(lineage), total),
            ):
                found[account] = min(cap_units, found.get(account, MAXIMUM_UNITS))
    return found


def cap_of(table: TableTerms, of_accounts: Mapping[str, int]) -> int:
    """What all buyers together may spend on a table: the lowest of its accounts' caps."""
    return min(of_accounts[account] for account in table.accounts())


def check_shared(
    table: TableTerms, others: Iterable[TableTerms], distinct_from: Collection[str]
) -> None:
    """Check by documents alone that a table shares its owner's lineages or declares otherwise.

    Of two tables the one that came later holds every lineage of the earlier.

    Raises:
        Refused: `population-unsaid`.
    """
    mine = set(table.lineages)
    for other in others:
        theirs = set(other.lineages)
        if other.dataset not in distinct_from and not (mine <= theirs or theirs <= mine):
            raise Refused(
                "population-unsaid",
                f"{table.dataset} does not share the budget of {other.dataset}, and does not "
                "declare that nobody is in both.",
                f'Declare distinct_from = ["{other.dataset}"] under [population], or publish and '
                "bind with the agent that holds both.",
            )


def population_sentence(population: Population) -> str:
    """Whose budget a table shares, in the words of catalogue and command line."""
    if not population.distinct_from:
        return (
            "Anybody in it may be in other tables of its owner: they share one budget, unless one "
            "of them declares that nobody is in both."
        )
    names = ", ".join(population.distinct_from)
    return f"The owner declares that nobody of this table is in: {names}."


def period_sentence(epoch: int, total: str | None) -> str:
    """What a budget period promises; `total` is the declared total in words, if there is one."""
    if total is not None:
        return f"Budget period {epoch}. Over all periods together: at most {total}."
    return f"Budget period {epoch}. By their ids, nobody of it is in a table of another period."


def total_needed(dataset: str, epoch: int, reason: str) -> Refused:
    """A table that may hold people of another epoch, without a total over all."""
    return Refused(
        "epoch-not-new",
        f"Somebody of {dataset} may have been in another budget period than {epoch}: {reason}.",
        "Keep the period of the earlier tables, or declare total_epsilon under [policy]: what "
        "may be spent over all periods together.",
    )
