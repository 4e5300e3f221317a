"""What an owner sees of their tables: what their agent holds and owes.

Everything here is read from the agent's own files and ledger, so that no portal has a say in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.account import MAXIMUM_UNITS, Balance
from market.owner.outgoing import Outgoing, next_version
from market.policy.budget.accounts import people_accounts
from market.records.listing import Listing
from market.records.standing import StandingWord
from market.vault.holdings import Holding, held_versions, read_holding
from market.vault.home import AgentHome
from market.vault.layout import dataset_path, version_path
from market.vault.standings import newest_published
from market.vault.store.opening import AgentStore
from market.vault.store.spending import balances


@dataclass(frozen=True, slots=True)
class OwnTable:
    """One dataset of the owner's.

    Attributes:
        holding: its newest published version; before any is, the one on its way.
        versions: those that are published, in order.
        dropped: those of them that were ended for good.
        standing: the owner's newest word.
        served_versions: older versions that stay answered beside the newest.
        budget: of the account of its people that has least left; None before it is listed.
        unfinished: a version that was begun and is not listed yet.
        is_destroyed: its keys are gone for good.
    """

    holding: Holding
    versions: tuple[int, ...]
    dropped: tuple[int, ...]
    standing: StandingWord
    served_versions: tuple[int, ...]
    budget: Balance | None
    unfinished: int | None
    is_destroyed: bool

    @property
    def dataset(self) -> str:
        """Its id."""
        return self.listing.dataset

    @property
    def older(self) -> tuple[int, ...]:
        """The versions beside the newest that can be answered."""
        return tuple(one for one in self.versions[:-1] if one not in self.dropped)

    @property
    def needless(self) -> tuple[int, ...]:
        """Those of them that nobody is answered from."""
        return tuple(one for one in self.older if one not in self.served_versions)

    @property
    def listing(self) -> Listing:
        """As its owner signed it."""
        return self.holding.listing.record


def own_tables(home: AgentHome, store: AgentStore) -> list[OwnTable]:
    """Every dataset the agent holds, by its id (raises as `read_holding`)."""
    return [
        own_table(home, store, dataset)
        for dataset in sorted({dataset for dataset, _ in held_versions(home)})
    ]


def own_table(home: AgentHome, store: AgentStore, dataset: str) -> OwnTable:
    """One of them (raises NotFound: `not-held`; as `read_holding`)."""
    newest = newest_published(home, dataset) or 0
    held = [version for name, version in held_versions(home) if name == dataset]
    published = tuple(version for version in held if version <= newest)
    # Without a version read_holding says what is missing.
    holding = read_holding(home, dataset, published[-1] if published else (held or [1])[-1])
    word = holding.serving.standing
    return OwnTable(
        holding,
        published,
        tuple(
            one for one in published if (version_path(home, dataset, one) / "dropped.json").exists()
        ),
        word.state if word else "listed",
        word.served_versions if word else (),
        _budget(store, holding) if published else None,
        unfinished_version(home, store, dataset),
        (dataset_path(home, dataset) / "destroyed").exists(),
    )


def unfinished_version(home: AgentHome, store: AgentStore, dataset: str) -> int | None:
    """The version of a dataset that was begun and is not listed yet."""
    attempt = Outgoing(home, dataset, next_version(home, store, dataset))
    return attempt.version if attempt.directory.exists() else None


def _budget(store: AgentStore, holding: Holding) -> Balance | None:
    found = [
        balance
        for balance in balances(store, people_accounts(holding.manifest.record)).values()
        # Without a declared total the account over all periods limits nothing.
        if balance.cap_units < MAXIMUM_UNITS
    ]
    return min(found, key=lambda balance: balance.available_units, default=None)
