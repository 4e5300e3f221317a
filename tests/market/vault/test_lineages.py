"""A person's budget follows them: no new name, id, epoch, version or spelling resets it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from crypto.secret import Secret
from market.database.ledger import sql_ledger as ledger
from market.entities.account import Charge
from market.errors import Refused
from market.policy.budget.people import TableTerms
from market.vault.store.lineages import Entered, confirm, enter, forget, keyed_units
from market.vault.store.opening import AgentStore, create_store
from market.vault.store.publications import listed_versions, tables

pytestmark = pytest.mark.stories

KEY = Secret(b"k" * 32)
CAP = 100


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AgentStore]:
    made = create_store(tmp_path / "agent.db")
    yield made
    made.close()


def entered(
    store: AgentStore,
    dataset: str,
    ids: Sequence[str] | None,
    *,
    distinct_from: Sequence[str] = (),
    version: int = 1,
    epoch: int = 1,
    budget: int = CAP,
    total: int | None = None,
) -> Entered:
    units = None if ids is None else tuple(keyed_units(KEY, ids))
    terms = TableTerms(dataset, version, (), epoch, budget, total)
    return enter(store, terms, tuple(sorted(distinct_from)), units, entropy=secrets.token_bytes)


def listed(store: AgentStore, dataset: str, ids: Sequence[str] | None, **more: object) -> set[str]:
    """Entered and accepted by the portal; the lineages."""
    found = entered(store, dataset, ids, **more)  # type: ignore[arg-type]
    confirm(store, dataset, int(str(more.get("version", 1))))
    return set(found.lineages)


def cap(store: AgentStore, account: str) -> int:
    with store.database.reading() as connection:
        return ledger.balance(connection, account).cap_units


def spend(store: AgentStore, accounts: Sequence[str], units: int) -> None:
    key = secrets.token_hex(8)
    charges = tuple(Charge(account, units) for account in accounts)

    def step(connection: object) -> None:
        ledger.reserve(connection, key, charges, now=0, expires_at=1)  # type: ignore[arg-type]
        ledger.debit(connection, key, now=0)  # type: ignore[arg-type]

    store.database.run(step)


def code(error: pytest.ExceptionInfo[Refused]) -> str:
    return error.value.code


@pytest.mark.parametrize("ids", [["x"], ["somebody@example.org"], None])
def test_table_under_other_ids_joins_the_earlier_lineage(
    store: AgentStore, ids: Sequence[str] | None
) -> None:
    first = listed(store, "a", ["x", "y"])
    assert listed(store, "b", ids) == first
    assert listed(store, "c", None) == first


def test_declared_distinct_population_begins_a_lineage(store: AgentStore) -> None:
    first = listed(store, "patients", ["x"])
    staff = listed(store, "staff", ["y"], distinct_from=["patients"])
    assert not first & staff
    assert listed(store, "both", ["z"]) == first | staff
    assert listed(store, "visitors", None, distinct_from=["both", "patients", "staff"]) != staff


def test_declaration_is_checked_against_the_keyed_ids(store: AgentStore) -> None:
    first = listed(store, "patients", ["7", "8"])
    with pytest.raises(Refused, match="1 ids are in both") as refused:
        entered(store, "staff", ["007", "9"], distinct_from=["patients"])
    assert code(refused) == "population-overlap"
    assert listed(store, "staff", ["9"]) == first


@pytest.mark.parametrize("name", ["never-published", "staff"])
def test_declaration_names_other_tables_that_are_there(store: AgentStore, name: str) -> None:
    listed(store, "patients", ["7"])
    with pytest.raises(Refused, match="your other tables here are patients") as refused:
        entered(store, "staff", ["9"], distinct_from=[name])
    assert code(refused) == "population-unknown"


def test_new_version_keeps_the_lineage_whatever_its_ids(store: AgentStore) -> None:
    first = listed(store, "a", ["x", "y"])
    listed(store, "b", ["z"], distinct_from=["a"])
    assert first < listed(store, "a", ["p", "q"], version=2)
    assert listed(store, "a", ["p"], version=3, distinct_from=["b"]) >= first


def test_refused_table_leaves_nothing(store: AgentStore) -> None:
    listed(store, "a", ["x"])
    for change in ({"distinct_from": ["a"]}, {"epoch": 2}, {"distinct_from": ["b"]}):
        with pytest.raises(Refused):
            entered(store, "b", ["x"], **change)  # type: ignore[arg-type]
    with store.database.reading() as connection:
        assert [table.dataset for table in tables(connection)] == ["a"]


def test_entered_table_counts_for_later_ones_before_it_is_listed(store: AgentStore) -> None:
    first = entered(store, "a", ["x"])
    assert listed(store, "b", ["y"]) == set(first.lineages)


def test_forgotten_table_counts_no_more_and_a_listed_one_is_never_forgotten(
    store: AgentStore,
) -> None:
    entered(store, "a", ["x"])
    forget(store, "a", 1)
    listed(store, "b", ["y"])
    forget(store, "b", 1)
    with store.database.reading() as connection:
        assert [table.dataset for table in tables(connection)] == ["b"]
    assert listed_versions(store, "b") == [1]
    assert listed_versions(store, "a") == []


def test_caps_change_when_the_portal_has_listed_it_and_not_before(store: AgentStore) -> None:
    (lineage,) = listed(store, "a", ["x"])
    account = f"lineage/{lineage}/1"
    asked = entered(store, "b", None, budget=40)
    assert cap(store, account) == CAP
    assert [(one.dataset, one.cap_before, one.cap_after) for one in asked.affected] == [
        ("a", CAP, 40)
    ]
    assert (asked.cap, asked.left) == (40, 40)
    confirm(store, "b", 1)
    confirm(store, "b", 1)
    assert cap(store, account) == 40


def test_same_table_again_asks_nothing_new(store: AgentStore) -> None:
    listed(store, "a", ["x"])
    assert [one.dataset for one in entered(store, "b", ["y"]).affected] == ["a"]
    confirm(store, "b", 1)
    assert entered(store, "b", ["y", "z"], version=2).affected == ()
    assert [one.dataset for one in entered(store, "b", ["y"], version=2, budget=9).affected] == [
        "a"
    ]


def test_cap_below_what_is_spent_is_refused_and_never_set(store: AgentStore) -> None:
    (lineage,) = listed(store, "a", ["x"])
    accounts = (f"lineage/{lineage}/1", f"lineage/{lineage}/total")
    entered(store, "b", ["x"], budget=40)
    spend(store, accounts, 60)
    confirm(store, "b", 1)
    assert cap(store, accounts[0]) == 60
    with pytest.raises(Refused, match="cap-below-spending"):
        entered(store, "c", ["x"], budget=40)


def test_new_epoch_of_new_people_has_a_budget_of_its_own(store: AgentStore) -> None:
    (lineage,) = listed(store, "a", ["x", "y"])
    spend(store, (f"lineage/{lineage}/1", f"lineage/{lineage}/total"), CAP)
    found = entered(store, "a", ["p", "q"], version=2, epoch=2)
    assert (found.lineages, found.left) == ((lineage,), CAP)


@pytest.mark.parametrize("ids", [["x", "p"], ["p", " X "], None])
def test_new_epoch_of_the_same_people_or_of_nobody_knows_whom_is_refused(
    store: AgentStore, ids: Sequence[str] | None
) -> None:
    listed(store, "a", ["x", "y"])
    for dataset in ("a", "b"):
        with pytest.raises(Refused) as refused:
            entered(store, dataset, ids, version=2, epoch=2)
        assert code(refused) == "epoch-not-new"


def test_return_to_an_earlier_epoch_is_refused_too(store: AgentStore) -> None:
    listed(store, "a", ["x"])
    listed(store, "a", ["p"], version=2, epoch=2)
    with pytest.raises(Refused, match="in a of period 2 too"):
        entered(store, "a", ["p"], version=3, epoch=1)
    assert entered(store, "a", ["x", "z"], version=3, epoch=1).lineages


def test_after_a_table_without_ids_no_epoch_is_known_to_be_new(store: AgentStore) -> None:
    listed(store, "a", None)
    with pytest.raises(Refused, match="no ids of a version 1"):
        entered(store, "b", ["x"], epoch=2)


def test_declared_total_lets_people_be_in_two_epochs_and_counts_what_was_spent(
    store: AgentStore,
) -> None:
    (lineage,) = listed(store, "a", ["x"])
    total = f"lineage/{lineage}/total"
    spend(store, (f"lineage/{lineage}/1", total), 70)
    found = entered(store, "a", ["x"], version=2, epoch=2, total=120)
    assert (found.cap, found.left) == (CAP, 50)
    confirm(store, "a", 2)
    with pytest.raises(Refused, match="over-budget"):
        spend(store, (f"lineage/{lineage}/2", total), 51)
    spend(store, (f"lineage/{lineage}/2", total), 50)


def test_declared_total_holds_for_every_later_table(store: AgentStore) -> None:
    (lineage,) = listed(store, "a", ["x"], total=120)
    with pytest.raises(Refused, match="have a declared total already"):
        entered(store, "b", ["y"])
    listed(store, "b", ["y"], total=200)
    assert cap(store, f"lineage/{lineage}/total") == 120


def test_store_does_not_hold_an_id(store: AgentStore) -> None:
    entered(store, "a", ["very-recognisable-person"])
    store.close()
    assert b"recognisable" not in store.path.read_bytes()
