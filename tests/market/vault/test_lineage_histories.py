"""Whatever an owner publishes, gives up, loses or restores: nobody's loss passes the declared."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world.builders import a_listing, sign

from crypto.secret import Secret
from market.agent.adopt import adopt_tables
from market.database.ledger import sql_ledger as ledger
from market.entities.account import Charge
from market.errors import Refused
from market.policy.budget.people import TableTerms
from market.policy.budget.repeats import Cost, Payers
from market.vault.home import AgentHome
from market.vault.store.lineages import confirm, enter, forget, keyed_units
from market.vault.store.opening import AgentStore, create_store, open_store
from market.vault.store.publications import Listed
from market.vault.store.recovery import Recovered, charge_former

KEY = Secret(b"k" * 32)
CAP = 100
FATES = ("listed", "listed", "listed", "abandoned", "discarded", "unheard", "restored")

people = st.one_of(st.none(), st.frozensets(st.integers(0, 5), min_size=1, max_size=3))
histories = st.lists(
    st.tuples(
        st.sampled_from(FATES),
        st.integers(0, 2),
        people,
        st.integers(1, 2),
        st.sampled_from([20, CAP]),
        st.sampled_from([None, None, 150]),
        st.sets(st.integers(0, 2)),
        st.integers(1, 60),
    ),
    min_size=2,
    max_size=8,
)


@dataclass(frozen=True)
class Published:
    """A table as the portal lists it; `people` is None where nobody knows who is in it."""

    people: frozenset[int] | None
    terms: TableTerms

    def may_hold(self, person: int) -> bool:
        return self.people is None or person in self.people


@dataclass
class Owner:
    """An owner whose declarations are true, and whose agent answers all it may."""

    directory: Path
    empty: Path
    published: list[Published] = field(default_factory=list)
    spent: list[tuple[str, Published, int]] = field(default_factory=list)
    unheard: list[Published] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = open_store(shutil.copy(self.empty, self.directory / "agent.db"))
        self.copies = 0
        self.save()

    def save(self) -> None:
        """A backup, and how many releases it knows."""
        self.copies += 1
        self.copy = self.directory / f"copy-{self.copies}.db"
        with sqlite3.connect(self.store.path) as source, sqlite3.connect(self.copy) as target:
            source.backup(target)
        source.close()
        target.close()
        self.saved = len(self.spent)

    def restore(self) -> None:
        """The machine is lost; what the portal lists and the receipts say is taken in."""
        self.store.close()
        self.store = open_store(self.copy)
        home = AgentHome(self.directory / "home", KEY)
        listing = sign(a_listing())
        adopt_tables(home, self.store, [Listed(one.terms, listing) for one in self.published])
        missing = [recovered(*one) for one in self.spent[self.saved :]]
        charge_former(self.store, "aa" * 32, missing, now=0)
        self.store.set_reconciled()
        self.unheard.clear()
        self.save()

    def publish(
        self,
        fate: str,
        place: int,
        people: frozenset[int] | None,
        epoch: int,
        budget: int,
        total: int | None,
        declared: set[int],
    ) -> None:
        if fate == "restored":
            self.restore()
        elif fate == "listed":
            self.save()
        self.hear()
        dataset = f"t{place}"
        version = 1 + sum(one.terms.dataset == dataset for one in self.published)
        distinct = [f"t{other}" for other in declared - {place} if self._is_apart(people, other)]
        terms = TableTerms(dataset, version, (), epoch, budget, total)
        units = None if people is None else tuple(keyed_units(KEY, map(str, people)))
        try:
            found = enter(
                self.store, terms, tuple(sorted(distinct)), units, entropy=secrets.token_bytes
            )
        except Refused:
            return
        if fate == "discarded":
            forget(self.store, dataset, version)
        if fate in ("discarded", "abandoned"):
            return
        listed = TableTerms(dataset, version, found.lineages, epoch, budget, total)
        self.published.append(Published(people, listed))
        self.unheard.append(self.published[-1])
        if fate != "unheard":
            self.hear()

    def hear(self) -> None:
        """Finish what the portal has listed."""
        for one in self.unheard:
            confirm(self.store, one.terms.dataset, one.terms.version)
        self.unheard.clear()

    def _is_apart(self, people: frozenset[int] | None, other: int) -> bool:
        """Whether it is true, and known to be, that nobody is in both."""
        theirs = [one.people for one in self.published if one.terms.dataset == f"t{other}"]
        return (
            bool(theirs)
            and people is not None
            and all(one is not None and not one & people for one in theirs)
        )

    def answer(self, units: int) -> None:
        for one in self.published:
            if one in self.unheard:
                continue
            request = secrets.token_hex(8)
            try:
                spend(self.store, request, one.terms.accounts(), units)
            except Refused:
                continue
            self.spent.append((request, one, units))

    def loss(self, person: int) -> int:
        """What all releases say about somebody who is in every table they may be in."""
        return sum(units for _, one, units in self.spent if one.may_hold(person))


def spend(store: AgentStore, request: str, accounts: tuple[str, ...], units: int) -> None:
    charges = tuple(Charge(account, units) for account in accounts)

    def step(connection: object) -> None:
        ledger.reserve(connection, request, charges, now=0, expires_at=1)  # type: ignore[arg-type]
        ledger.debit(connection, request, now=0)  # type: ignore[arg-type]

    store.database.run(step)


def recovered(request: str, one: Published, units: int) -> Recovered:
    """A release after the backup, by its receipt."""
    cost = Cost(tuple(Charge(account, units) for account in one.terms.accounts()), ())
    return Recovered(request, None, 1, "", "", None, units, Payers((), ()), lost=cost)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that nothing happened to: every history begins with a copy."""
    path = tmp_path_factory.mktemp("empty") / "agent.db"
    create_store(path).close()
    return path


def lived(directory: Path, empty: Path, history: list[tuple[object, ...]]) -> Owner:
    owner = Owner(directory, empty)
    for *table, units in history:
        owner.publish(*table)  # type: ignore[arg-type]
        owner.answer(int(str(units)))
    owner.store.close()
    return owner


@settings(max_examples=40, deadline=None)
@given(histories)
def test_nobodys_loss_exceeds_the_caps_their_tables_declared(
    tmp_path_factory: pytest.TempPathFactory, empty: Path, history: list[tuple[object, ...]]
) -> None:
    owner = lived(tmp_path_factory.mktemp("lineages"), empty, history)
    for person in range(6):
        theirs = [one.terms for one in owner.published if one.may_hold(person)]
        # A later version of a table may raise what its owner declares for it.
        names = {terms.dataset for terms in theirs}
        declared = [one.terms for one in owner.published if one.terms.dataset in names]
        totals = [t.total_rho_units for t in declared if t.total_rho_units is not None]
        if len({terms.epoch for terms in theirs}) > 1:
            assert totals
            assert owner.loss(person) <= max(totals)
        elif theirs:
            assert owner.loss(person) <= max(terms.budget_rho_units for terms in declared)


@settings(max_examples=40, deadline=None)
@given(histories)
def test_every_person_has_a_lineage_that_all_their_tables_charge(
    tmp_path_factory: pytest.TempPathFactory, empty: Path, history: list[tuple[object, ...]]
) -> None:
    owner = lived(tmp_path_factory.mktemp("lineages"), empty, history)
    for person in range(6):
        theirs = [set(one.terms.lineages) for one in owner.published if one.may_hold(person)]
        assert not theirs or set.intersection(*theirs)
