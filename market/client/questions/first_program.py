"""A first program for a dataset: questions of its own columns that its owner sells, to change.

Each question is tried before it is written: on the schema by the language, and by the policy's
rules. So the program builds, and has a price, as it is; `market quote` says which.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from market.errors import Refused
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    DateColumn,
    NumericColumn,
    Schema,
)
from market.policy.budget.admission import admission
from market.pricing.lattice import Lattice
from market.records.listing import Policy

_MOST = 8
"""Of questions: each takes its share of the budget from the others."""
_MOST_LEVELS = 24
_MOST_OF_A_KIND = 2

_HEAD = '''"""What is asked of {asked}. It describes, and computes nothing.

On a made-up table of the same shape, then what it costs and how exact it will be:

    market job run --twin {asked} .
    market quote . --dataset {asked} --epsilon 1

README.md beside this has all that can be asked. Each question takes a share of the epsilon: fewer
questions, smaller errors.
"""


def build(ds):
    return {{
'''


@dataclass(frozen=True, slots=True)
class _Question:
    """A line of the program: `text` is what is written, `ask` does what it says."""

    name: str
    kind: str
    text: str
    ask: Callable[[Any], AskedStatistic]


def first_program(asked: str, schema: Schema, policy: Policy, lattice: Lattice) -> str:
    """The text of a `job.py`.

    Args:
        asked: the id of a dataset or consortium, or several with commas between.
        lattice: of the engine that answers.

    Raises:
        Refused: `nothing-to-begin-with`: the owner sells none of the questions that a program
            begins with.
    """
    chosen: list[_Question] = []
    for question in _questions(schema):
        alike = sum(one.kind == question.kind for one in chosen)
        is_new = all(one.name != question.name for one in chosen)
        if alike < _MOST_OF_A_KIND and is_new and _is_sold(question, schema, policy, lattice):
            chosen.append(question)
    if not chosen:
        raise Refused(
            "nothing-to-begin-with",
            f"{asked} sells {', '.join(policy.statistics)}: nothing a program begins with.",
            "Make one without --dataset, and write what its README.md says of these.",
        )
    lines = "".join(f'        "{one.name}": {one.text},\n' for one in chosen[:_MOST])
    return f"{_HEAD.format(asked=asked)}{lines}    }}\n"


def _is_sold(question: _Question, schema: Schema, policy: Policy, lattice: Lattice) -> bool:
    try:
        asked = question.ask(Dataset(schema)).statistic
        named = NamedStatistic(question.name, 1, asked)
        plan = Plan(PLAN_VERSION, ("dataset",), "gaussian", (named,))
        return admission(policy, lower(plan, schema), 1, lattice) is None
    except Refused:
        return False


def _questions(schema: Schema) -> Iterator[_Question]:
    """What may be asked of the columns, the plainest first."""
    yield _Question("rows", "count", "ds.count()", lambda ds: ds.count())
    numbers = [one for one in schema.columns if isinstance(one, NumericColumn)]
    keys = [
        one.name
        for one in schema.columns
        if isinstance(one, CategoricalColumn) and len(one.levels) <= _MOST_LEVELS
    ]
    yield from (_mean(one.name) for one in numbers)
    yield from (_histogram(name) for name in keys)
    yield from (_by_group(key, one.name) for key in keys for one in numbers)
    yield from (_true(one.name) for one in schema.columns if isinstance(one, BooleanColumn))
    yield from (_median(one.name) for one in numbers if one.bins)
    yield from _years(schema)
    yield from (_correlation(one.name, other.name) for one, other in combinations(numbers, 2))
    yield from (_total(one.name) for one in numbers)


def _mean(name: str) -> _Question:
    return _Question(f"{name}_mean", "mean", f"{_column(name)}.mean()", lambda ds: ds[name].mean())


def _total(name: str) -> _Question:
    return _Question(f"{name}_total", "sum", f"{_column(name)}.sum()", lambda ds: ds[name].sum())


def _histogram(name: str) -> _Question:
    text = f"{_column(name)}.histogram()"
    return _Question(f"{name}_levels", "histogram", text, lambda ds: ds[name].histogram())


def _by_group(key: str, name: str) -> _Question:
    text = f"ds.group_by({json.dumps(key)})[{json.dumps(name)}].mean()"
    asked = f"{name[:28]}_by_{key[:28]}"
    return _Question(asked, "group", text, lambda ds: ds.group_by(key)[name].mean())


def _true(name: str) -> _Question:
    text = f"ds[{_column(name)}].count()"
    return _Question(f"{name}_true", "filter", text, lambda ds: ds[ds[name]].count())


def _median(name: str) -> _Question:
    text = f"{_column(name)}.median()"
    return _Question(f"{name}_median", "quantile", text, lambda ds: ds[name].median())


def _years(schema: Schema) -> Iterator[_Question]:
    dated = (one for one in schema.columns if isinstance(one, DateColumn))
    yield from (_year(one.name) for one in dated if "year" in one.parts)


def _year(name: str) -> _Question:
    text = f"{_column(name)}.year.histogram()"
    return _Question(f"{name}_years", "date", text, lambda ds: ds[name].year.histogram())


def _correlation(left: str, right: str) -> _Question:
    text = f"{_column(left)}.correlation({_column(right)})"
    asked = f"{left[:27]}_with_{right[:27]}"
    return _Question(asked, "correlation", text, lambda ds: ds[left].correlation(ds[right]))


def _column(name: str) -> str:
    return f"ds[{json.dumps(name)}]"
