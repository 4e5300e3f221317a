"""A person's budget follows him: no new name, subset, version or spelling resets it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.secret import Secret
from market.agent.store.lineages import Population, assign_lineages, keyed_units
from market.agent.store.opening import AgentStore, create_store

KEY = Secret(b"k" * 32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AgentStore]:
    made = create_store(tmp_path / "agent.db")
    yield made
    made.close()


def assign(
    store: AgentStore,
    dataset: str,
    ids: Sequence[str] | None,
    population: Population | None = None,
    version: int = 1,
) -> tuple[str, ...]:
    units = None if ids is None else tuple(keyed_units(KEY, ids))
    return assign_lineages(
        store, dataset, version, units, population or Population(), entropy=secrets.token_bytes
    )


def test_new_people_begin_a_lineage(store: AgentStore) -> None:
    assert len(assign(store, "a", ["x", "y"])) == 1
    assert assign(store, "b", ["z"]) != assign(store, "a", ["x"])


def test_republication_under_a_new_name_keeps_the_lineage(store: AgentStore) -> None:
    assert assign(store, "renamed", ["x", "y"]) == assign(store, "a", ["x", "y"])


def test_subset_keeps_the_lineage(store: AgentStore) -> None:
    first = assign(store, "a", ["x", "y", "z"])
    assert assign(store, "part", ["z"]) == first


def test_new_version_keeps_the_lineage_whatever_its_ids(store: AgentStore) -> None:
    first = assign(store, "a", ["x", "y"])
    assert set(first) <= set(assign(store, "a", ["p", "q"], version=2))


def test_table_over_two_lineages_joins_both(store: AgentStore) -> None:
    first, second = assign(store, "a", ["x"]), assign(store, "b", ["y"])
    assert set(assign(store, "both", ["x", "y"])) == {*first, *second}


def test_person_added_by_a_later_table_is_followed(store: AgentStore) -> None:
    first = assign(store, "a", ["x"])
    assign(store, "b", ["x", "new"])
    assert assign(store, "c", ["new"]) == first


def test_table_without_ids_joins_every_lineage(store: AgentStore) -> None:
    first, second = assign(store, "a", ["x"]), assign(store, "b", ["y"])
    assert set(assign(store, "unknown", None)) == {*first, *second}


def test_first_table_without_ids_begins_a_lineage(store: AgentStore) -> None:
    assert len(assign(store, "unknown", None)) == 1


def test_people_may_be_in_an_earlier_table_without_ids(store: AgentStore) -> None:
    unknown = assign(store, "unknown", None)
    assert assign(store, "a", ["x"]) == unknown


def test_distinct_population_does_not_join_tables_without_ids(store: AgentStore) -> None:
    unknown = assign(store, "unknown", None)
    apart = assign(store, "a", ["x"], Population("patients", is_distinct=True))
    assert not set(apart) & set(unknown)


def test_distinct_population_still_joins_by_id(store: AgentStore) -> None:
    first = assign(store, "a", ["x"])
    assert assign(store, "b", ["x"], Population("", is_distinct=True)) == first


def test_named_population_without_ids_joins_its_own_tables_only(store: AgentStore) -> None:
    patients = assign(store, "a", ["x"], Population("patients"))
    assign(store, "b", ["y"], Population("staff"))
    assert assign(store, "unknown", None, Population("patients")) == patients


def test_same_version_asked_again_gives_the_same(store: AgentStore) -> None:
    assert assign(store, "a", ["x"]) == assign(store, "a", ["x"])
    assert assign(store, "unknown", None) == assign(store, "unknown", None)


def test_store_does_not_hold_an_id(store: AgentStore) -> None:
    assign(store, "a", ["very-recognisable-person"])
    store.close()
    assert b"recognisable" not in store.path.read_bytes()


tables = st.lists(
    st.one_of(st.none(), st.sets(st.integers(0, 8), min_size=1, max_size=4)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25)
@given(tables)
def test_every_person_has_a_lineage_that_all_his_tables_charge(
    tmp_path_factory: pytest.TempPathFactory, history: list[set[int] | None]
) -> None:
    store = create_store(tmp_path_factory.mktemp("lineages") / "agent.db")
    joined = [
        (ids, set(assign(store, f"t{n}", None if ids is None else [str(i) for i in ids])))
        for n, ids in enumerate(history)
    ]
    store.close()
    for person in range(9):
        # Somebody might be in every table without ids.
        his = [lineages for ids, lineages in joined if ids is None or person in ids]
        assert not his or set.intersection(*his)
