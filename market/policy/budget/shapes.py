"""What of a statistic decides whether it can be asked: all but the names of its columns.

The means of two numbers with the same bounds and spread are one shape: what is found of one holds
of the other. A wide table has thousands of examples, and few shapes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from market.plan.schema import Column, NumericColumn, Schema
from market.plan.statistics import Statistic

_ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class _Key:
    """A name that a statistic may hold: the column it is of, its place among that column's names,
    and the number of the column's kind."""

    column: str
    place: int
    kind: int


class Shapes:
    """Tells statistics on one schema apart by their shapes."""

    def __init__(self, schema: Schema) -> None:
        kinds: dict[Column, int] = {}
        self._keys: dict[str, _Key] = {}
        for column in schema.columns:
            kind = kinds.setdefault(_without_names(column), len(kinds))
            for place, name in enumerate(dict.fromkeys((column.name, *column.levels_by_key))):
                self._keys[name] = _Key(column.name, place, kind)
        self._products = {(product.left, product.right) for product in schema.products}

    def of(self, statistic: Statistic) -> Hashable:
        """The shape: equal where two statistics differ in nothing but names of columns alike.

        Names stand in it by their order, since products of columns are written in it.
        """
        leaves = tuple(_leaves(statistic))
        names = sorted({leaf for leaf in leaves if isinstance(leaf, str) and leaf in self._keys})
        places = {name: ("name", at) for at, name in enumerate(names)}
        keys = [self._keys[name] for name in names]
        columns = [key.column for key in keys]
        products = tuple(
            (places[left], places[right])
            for left in names
            for right in names
            if (left, right) in self._products
        )
        return (
            tuple(places.get(leaf, leaf) if isinstance(leaf, str) else leaf for leaf in leaves),
            tuple((key.kind, key.place, columns.index(key.column)) for key in keys),
            products,
        )


def _without_names(column: Column) -> Column:
    if isinstance(column, NumericColumn):
        return replace(column, name=_ANY, meaning=_ANY, unit="")
    return replace(column, name=_ANY, meaning=_ANY)


def _leaves(value: Any) -> Iterator[Hashable]:
    """Of a record, in order: types and lengths too, so that no two records have the same."""
    if isinstance(value, tuple):
        yield len(value)
        for part in value:
            yield from _leaves(part)
    elif hasattr(value, "__dataclass_fields__"):
        yield ("is", type(value).__qualname__)
        for name in value.__dataclass_fields__:
            yield from _leaves(getattr(value, name))
    else:
        yield value
