"""Several owners' tables asked together: who lets it, and what they are as one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world.builders import a_policy, a_schema
from world.job_builders import a_job, a_request
from world.people import fingerprint

from crypto.parameters import PRODUCTS, SUMS
from market.errors import Refused
from market.plan.schema import CategoricalColumn
from market.policy.listing.union import OwnedTable, asked_together, joint_policy, not_as_agreed
from market.policy.submission.asked_ids import dataset_ids_text, read_dataset_ids
from market.pricing.lattice import ciphertext_lattice
from market.records.appointment import AgentKeys
from market.records.request import RequestedDataset
from market.records.union import MOST_OWNERS, Partner, Together, Union, UnionTerms, Values

OWNERS = {"north": "olga", "south": "oscar", "west": "carol"}


def union(*others: str, values: Values = "masked") -> Union:
    partners = tuple(Partner(name, fingerprint(OWNERS[name])) for name in sorted(others))
    return Union(partners, values)


def table(name: str, *others: str, values: Values = "masked", **changes: Any) -> OwnedTable:
    """A table whose owner lets it be asked with these others."""
    schema = changes.pop("schema", a_schema(name=name))
    fitting: dict[str, Any] = {
        "dataset": name,
        "owner": fingerprint(OWNERS[name]),
        "agent": OWNERS[name],
        "schema": schema,
        "policy": a_policy(),
        "together": Together(unions=(union(*others, values=values),) if others else ()),
        "lattice": ciphertext_lattice(schema.capacity_rows, PRODUCTS),
    }
    return OwnedTable(**fitting | changes)


def refused(*tables: OwnedTable) -> str:
    with pytest.raises(Refused) as caught:
        asked_together(tables)
    return caught.value.code


def test_two_tables_are_one_question_of_twice_the_rows_and_noise() -> None:
    asked = asked_together([table("north", "south"), table("south", "north")])
    alone = table("north").lattice
    assert (asked.values, asked.schema.name) == ("masked", "north + south")
    assert asked.lattice.variance("gaussian", 5) == 2 * alone.variance("gaussian", 5)
    assert asked.lattice.largest(1) == 2 * alone.largest(1)
    # What one owner's noise has to flood is their own error.
    assert asked.lattice.bound(2) == alone.bound(2)


def test_one_table_is_asked_as_it_is() -> None:
    own = table("north", "south")
    asked = asked_together([own])
    assert (asked.schema, asked.policy, asked.lattice) == (own.schema, own.policy, own.lattice)
    assert asked.values is None


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("plain", "plain"), "plain"),
        (("plain", "masked"), "masked"),
        (("masked", "masked"), "masked"),
    ],
)
def test_values_are_plain_where_all_owners_say_so(
    words: tuple[Values, Values], values: str
) -> None:
    north, south = words
    tables = [table("north", "south", values=north), table("south", "north", values=south)]
    assert asked_together(tables).values == values


def test_owner_who_has_not_agreed_is_not_asked() -> None:
    assert refused(table("north", "south"), table("south")) == "union-not-agreed"
    assert refused(table("north"), table("south", "north")) == "union-not-agreed"


def test_neither_fewer_nor_more_than_agreed_are_asked() -> None:
    three = [table("north", "south", "west"), table("south", "north", "west")]
    assert refused(*three) == "union-not-agreed"
    pairs = [table(name, *(one for one in OWNERS if one != name)) for name in OWNERS]
    assert asked_together(pairs).lattice.tables == 3
    assert refused(*(table(name, "north") if name != "north" else pairs[0] for name in OWNERS)) == (
        "union-not-agreed"
    )


def test_dataset_under_another_owners_key_is_not_the_one_agreed_on() -> None:
    posing = table("south", "north", owner=fingerprint("eve"))
    assert refused(table("north", "south"), posing) == "union-not-agreed"


@pytest.mark.parametrize(
    "same", [{"owner": fingerprint("olga")}, {"agent": "olga"}], ids=["owner", "agent"]
)
def test_owner_or_agent_twice_is_refused(same: dict[str, str]) -> None:
    assert refused(table("north", "south"), table("south", "north", **same)) == "owner-twice"


COLUMNS = a_schema().columns
OTHER_REGION = CategoricalColumn("region", ("north",), "Where the clinic stands")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"capacity_rows": 4_097}, "their capacity_rows differs"),
        ({"products": ()}, "their products differs"),
        ({"columns": COLUMNS[:3]}, "one has more columns"),
        ({"columns": (*COLUMNS[:2], OTHER_REGION, COLUMNS[3])}, "their column region differs"),
    ],
)
def test_schemas_that_differ_are_refused_by_what_differs(
    changes: dict[str, Any], words: str
) -> None:
    other = table("south", "north", schema=a_schema(name="south", **changes))
    with pytest.raises(Refused, match="union-schemas-differ") as caught:
        asked_together([table("north", "south"), other])
    assert words in caught.value.message


def test_parameters_that_differ_are_refused() -> None:
    summed = ciphertext_lattice(a_schema().capacity_rows, SUMS)
    other = table("south", "north", lattice=summed)
    assert refused(table("north", "south"), other) == "union-parameters-differ"


def test_more_owners_than_may_be_are_refused() -> None:
    assert refused(*[table("north")] * (MOST_OWNERS + 1)) == "union-too-large"


def test_dataset_sold_with_others_only_is_not_asked_alone() -> None:
    together = Together(is_sold_alone=False, unions=(union("south"),))
    assert refused(table("north", together=together)) == "sold-together-only"


@given(
    caps=st.lists(st.integers(1, 10**15), min_size=2, max_size=4),
    deltas=st.lists(st.sampled_from(["0.1", "0.01", "0.000001"]), min_size=4, max_size=4),
    sold=st.lists(st.sets(st.sampled_from(["count", "sum", "mean"])), min_size=4, max_size=4),
)
def test_joint_policy_allows_what_every_owner_does(
    caps: list[int], deltas: list[str], sold: list[set[str]]
) -> None:
    policies = [
        a_policy(job_rho_units=cap, delta=delta, statistics=tuple(sorted(kinds)), price_cents=7)
        for cap, delta, kinds in zip(caps, deltas, sold, strict=False)
    ]
    joint = joint_policy(policies)
    assert joint.job_rho_units == min(caps)
    assert float(joint.delta) == min(float(policy.delta) for policy in policies)
    assert set(joint.statistics) == set.intersection(*(set(p.statistics) for p in policies))
    assert joint.price_cents == 7 * len(policies)
    assert joint.recomputation == all(policy.recomputation for policy in policies)


def terms(values: Values) -> UnionTerms:
    agents = (AgentKeys("1" * 64, "a" * 64), AgentKeys("2" * 64, "b" * 64))
    return UnionTerms(values, agents)


@pytest.mark.parametrize(
    ("own", "asked", "code"),
    [
        (Together(unions=(union("south"),)), "masked", None),
        (Together(unions=(union("south"),)), "plain", "union-values"),
        (Together(unions=(union("south", values="plain"),)), "masked", None),
        (Together(unions=(union("south", values="plain"),)), "plain", None),
        (Together(unions=(union("west"),)), "masked", "union-not-agreed"),
        (Together(), "masked", "union-not-agreed"),
        (Together(), None, None),
        (Together(False, (union("south"),)), None, "sold-together-only"),
    ],
)
def test_agent_asks_its_own_owners_word_alone(
    own: Together, asked: Values | None, code: str | None
) -> None:
    names = ("north", "south") if asked else ("north",)
    request = a_request(
        a_job(plan_hash="ab" * 32, rho_units=5),
        datasets=tuple(RequestedDataset(name, 1, f"{i}" * 64, 0) for i, name in enumerate(names)),
        parties=terms(asked).parties if asked else ("1" * 64,),
        union=terms(asked) if asked else None,
    )
    denied = not_as_agreed(own, request, "north")
    assert (denied.code if denied else None) == code


def test_request_names_an_agent_for_every_dataset_and_no_more() -> None:
    job = a_job(plan_hash="ab" * 32, rho_units=5)
    two = tuple(RequestedDataset(name, 1, name[0] * 64, 0) for name in ("abc", "bcd", "cde"))
    with pytest.raises(ValueError, match="3 datasets, expected 2"):
        a_request(job, datasets=two, union=terms("masked"), parties=terms("masked").parties)
    with pytest.raises(ValueError, match="not the agents of its union"):
        a_request(job, datasets=two[:2], union=terms("masked"))
    with pytest.raises(ValueError, match="2 datasets, expected 1"):
        a_request(job, datasets=two[:2])


def test_agent_or_mask_key_twice_is_no_union() -> None:
    one = AgentKeys("1" * 64, "a" * 64)
    for other in (replace(one, agent="2" * 64), replace(one, mask_key="b" * 64)):
        with pytest.raises(ValueError, match="twice"):
            UnionTerms("masked", (one, other))


@pytest.mark.parametrize(
    "unions",
    [
        (union("south"), union("south", values="plain")),
        (union("west"), union("south")),
    ],
)
def test_each_set_of_others_stands_once_and_in_order(unions: tuple[Union, ...]) -> None:
    with pytest.raises(ValueError, match="each set of others once"):
        Together(unions=unions)
    with pytest.raises(ValueError, match="neither alone nor with others"):
        Together(is_sold_alone=False)


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("visits", ("visits",)),
        (" visits ", ("visits",)),
        ("south,north", ("north", "south")),
        (" south , north ", ("north", "south")),
    ],
)
def test_ids_are_read_as_a_set(typed: str, ids: tuple[str, ...]) -> None:
    assert read_dataset_ids(typed) == ids
    assert read_dataset_ids(dataset_ids_text(ids)) == ids


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "dataset-missing"),
        (" ", "dataset-missing"),
        ("a,,b", "dataset-missing"),
        ("north,", "dataset-missing"),
        ("north,north", "dataset-twice"),
        ("no\u202erth", "text-unreadable"),
    ],
)
def test_what_is_no_list_of_ids_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read_dataset_ids(typed)
    assert caught.value.code == code
