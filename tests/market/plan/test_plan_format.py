"""One plan, one byte string, one hash."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from strategies.plans import Case, cases

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError
from market import wire
from market.errors import Refused
from market.plan.expression import Add, Column, Constant, Level, Multiply
from market.plan.factors import Product
from market.plan.plan import NamedStatistic, Plan, plan_hash
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import GroupBy, Mean, Sum

SCHEMA = Schema(
    "small",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", "3", "1.5"),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit("person", 2, "a person"),
    9_000,
    (Product("x", "x"),),
)
EXPRESSION = Add(Multiply(Constant("2.5"), Column("x")), Level("g", "a"))
PLAN = Plan(
    3,
    ("visits",),
    "gaussian",
    (
        NamedStatistic("total", 1, Sum(EXPRESSION)),
        NamedStatistic("by_group", 3, GroupBy(("g",), Mean(Column("x")))),
    ),
)


def paths(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every scalar of a document."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))
    else:
        yield path


def changed(document: Json, path: tuple[str | int, ...]) -> Json:
    """The document with another value of the same type at the path."""
    altered = copy.deepcopy(document)
    place = altered
    for step in path[:-1]:
        place = place[step]
    seen = place[path[-1]]
    other = {"gaussian": "laplace", "sum": "mean", "mean": "variance", "midpoint": "low"}
    other |= {"level": "drop_row"}
    other |= {"false": "drop_row", "0": "1", "10": "11", "1.5": "2.5", "2.5": "3.5", "3": "4"}
    if isinstance(seen, bool):
        place[path[-1]] = not seen
    elif isinstance(seen, int):
        place[path[-1]] = seen + 1
    elif path[-1] == "reference_shares":
        place[path[-1]] = ["0.5", "0.25", "0.25"]
    else:
        place[path[-1]] = other.get(seen, f"{seen}q")
    return altered


@settings(max_examples=30)
@given(cases())
def test_plan_and_schema_survive_their_bytes(case: Case) -> None:
    for kind, record in ((Plan, case.plan), (Schema, case.schema)):
        data = wire.encode(record)
        assert wire.decode(kind, data) == record
        assert wire.encode(wire.decode(kind, data)) == data


@pytest.mark.parametrize("path", list(paths(wire.to_json(PLAN))), ids=str)
def test_every_member_of_a_plan_is_in_its_hash(path: tuple[str | int, ...]) -> None:
    try:
        other = wire.from_json(Plan, changed(wire.to_json(PLAN), path))
    except FormatError:
        # Tags and the version have no other value to take: then there is no other plan.
        assert path[-1] in ("tag", "version")
        return
    assert other != PLAN
    assert plan_hash(other, (SCHEMA,)) != plan_hash(PLAN, (SCHEMA,))


@pytest.mark.parametrize("path", list(paths(wire.to_json(SCHEMA))), ids=str)
def test_every_member_of_the_schema_is_in_the_plans_hash(path: tuple[str | int, ...]) -> None:
    try:
        other = wire.from_json(Schema, changed(wire.to_json(SCHEMA), path))
    except FormatError:
        # A product of another column, a column renamed away from its product, or bins that are only
        # counted where there are none.
        assert path[-1] in ("tag", "left", "right", "name", "only_summed")
        return
    assert plan_hash(PLAN, (other,)) != plan_hash(PLAN, (SCHEMA,))


def test_order_of_statistics_is_in_the_hash() -> None:
    swapped = replace(PLAN, statistics=PLAN.statistics[::-1])
    assert plan_hash(swapped, (SCHEMA,)) != plan_hash(PLAN, (SCHEMA,))


def spaced(text: str) -> str:
    return json.dumps(json.loads(text))


def unsorted(text: str) -> str:
    return text.replace('{"law":"gaussian",', "{", 1).replace("}", ',"law":"gaussian"}', 1)


@pytest.mark.parametrize(
    "spoil",
    [
        spaced,
        unsorted,
        lambda text: text.replace('"share":1', '"share":1.0'),
        lambda text: text.replace('"share":1', '"share":01'),
        lambda text: text.replace('"share":1', '"share":"1"'),
        lambda text: text.replace('"share":1', '"share":true'),
        lambda text: text.replace('"share":1', '"share":1,"share":1'),
        lambda text: text.replace('"share":1', '"extra":1,"share":1'),
        lambda text: text.replace('"share":1,', ""),
        lambda text: text.replace('"version":3', '"version":1'),
        lambda text: text.replace('"tag":"sum"', '"tag":"rows"'),
        lambda text: text.replace('"2.5"', '"2.50"'),
        lambda text: text.replace('"2.5"', '"25e-1"'),
        lambda text: text.replace('"2.5"', '"NaN"'),
        lambda text: text.replace('"total"', '"by_group"'),
        lambda text: text.replace('"total"', '"<b>"'),
        lambda text: text.replace('"total"', '"t\\u006ftal"'),
        lambda text: text + "\n",
    ],
)  # fmt: skip
def test_any_other_bytes_are_refused(spoil: object) -> None:
    text = wire.encode(PLAN).decode()
    spoiled = spoil(text)
    assert spoiled != text
    with pytest.raises(FormatError):
        wire.decode(Plan, spoiled.encode())


@pytest.mark.parametrize(
    "datasets",
    [(), ("Visits",), ("visits", "visits"), ("visits", "admissions")],
    ids=["none", "no id", "twice", "out of order"],
)
def test_datasets_of_a_plan_have_one_spelling(datasets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="dataset"):
        replace(PLAN, datasets=datasets)


def test_schema_of_every_dataset_is_in_the_hash_in_order() -> None:
    plan, other = replace(PLAN, datasets=("admissions", "visits")), replace(SCHEMA, name="other")
    first, second = plan_hash(plan, (SCHEMA, other)), plan_hash(plan, (other, SCHEMA))
    assert len({first, second, plan_hash(plan, (SCHEMA, SCHEMA))}) == 3
    with pytest.raises(Refused) as refused:
        plan_hash(plan, (SCHEMA,))
    assert refused.value.code == "plan-datasets"


def test_plan_nested_beyond_the_limit_is_refused() -> None:
    expression: object = Column("x")
    for _ in range(70):
        expression = Add(expression, Constant("1"))
    with pytest.raises(FormatError):
        canonical.dumps(
            wire.to_json(
                Plan(3, ("visits",), "gaussian", (NamedStatistic("s", 1, Sum(expression)),))
            )
        )
