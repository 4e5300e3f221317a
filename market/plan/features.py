"""What a program names as the columns of a model, written out as numbers of a row.

    ["age", "insured", "health"]             a categorical column is its levels but the first
    {"age": ds["age"], "age_squared": ds["age"] * ds["age"]}         what is computed, by name

Rules: plan-features, plan-column, plan-other-rows, and those of the lowering.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from market.errors import Refused
from market.plan.category import Category
from market.plan.expression import Column, Expression, Level
from market.plan.named_columns import unknown_column
from market.plan.quantity import Quantity
from market.plan.refusals import Encrypted
from market.plan.rows import ALL, Rows
from market.plan.schema import Schema
from market.plan.statistics.terms import Term

Features = Sequence[str] | Mapping[str, Quantity | Category]


def terms_of(features: Features, schema: Schema, rows: Rows) -> tuple[Term, ...]:
    """The numbers of a row that these features are.

    Raises:
        Refused: `plan-column`, `plan-other-rows`.
        ValueError: they are written in another way.
    """
    if isinstance(features, Mapping):
        named = features.items()
        return tuple(term for name, one in named for term in _computed(name, one, rows))
    return tuple(term for name in names_of(features) for term in _terms(name, schema))


def names_of(features: Sequence[str]) -> tuple[str, ...]:
    """Names of columns, in their order.

    Raises:
        ValueError: they are something else.
    """
    if isinstance(features, str | Encrypted) or not isinstance(features, Sequence):
        raise ValueError(f"{type(features).__name__:.60}, expected a list of names")
    return tuple(map(name_of, features))


def name_of(column: object) -> str:
    """The name of a column (raises ValueError when it is something else)."""
    if not isinstance(column, str):
        raise ValueError(f"{type(column).__name__:.60}, expected a name")
    return column


def target_of(target: str | Quantity, schema: Schema, rows: Rows) -> Expression:
    """The number that a model explains.

    Raises:
        Refused: as `terms_of`.
    """
    if isinstance(target, Quantity):
        return _of_rows(target, rows).expression()
    if not isinstance(target, str):
        raise ValueError(f"a target that is {type(target).__name__:.60}, expected a name")
    if schema.column(target) is None:
        raise unknown_column(target, schema)
    return Column(target)


def features_refused(seen: str) -> Refused:
    """The refusal of what names no columns of a model."""
    return Refused(
        "plan-features",
        f"The columns of a model are given as {seen}.",
        'Name distinct ones, as in features=["age", "sex"]; or name what you compute, as in '
        'features={"age": ds["age"], "age_squared": ds["age"] * ds["age"]}.',
    )


def _of_rows(quantity: Quantity, rows: Rows) -> Quantity:
    if quantity.rows not in (ALL, rows):
        raise Refused(
            "plan-other-rows",
            "A column of a model is of other rows than the model.",
            "Filter first, and ask the model of what is left: ds.where(condition).",
        )
    return quantity


def _computed(name: object, face: object, rows: Rows) -> tuple[Term, ...]:
    if not isinstance(name, str):
        raise ValueError(f"{type(name).__name__:.60}, expected names")
    if isinstance(face, Category):
        return _terms(face.name, face.schema)
    if not isinstance(face, Quantity):
        raise ValueError(f"{type(face).__name__:.60} named {name:.60}, expected a numeric column")
    return (Term(_of_rows(face, rows).expression(), name),)


def _terms(name: str, schema: Schema) -> tuple[Term, ...]:
    if (levels := schema.levels(name)) is not None:
        return tuple(Term(Level(name, level), f"{name} = {level}") for level in levels[1:])
    if schema.column(name) is None:
        raise unknown_column(name, schema)
    return (Term(Column(name), name),)
