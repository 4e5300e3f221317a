"""The tables that a statistic's errors are told over, where its owner has not declared which it is.

Few, and the same for everybody: a range is the least and the greatest error among them.

    rows        the capacity full, and half of it
    levels      each level of a key that the statistic asks of is what most rows have, in turn; then
                all of those it asks of; then none of them; then all alike
    spread      numbers are even over their bounds; all near the lower one, or every other of them;
                near one or the other
    dependence  columns are independent; or they lean together, or against each other, so that
                numbers have a correlation of 0.3, or of 0.9

What an owner has declared stands: levels with reference shares, and numbers with a reference mean
and standard deviation, are as declared in all of them. Dependence nobody declares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, product
from typing import Final

from market.plan.factors import Numeric, Variable, variables_of
from market.plan.lowered import LoweredStatistic
from market.plan.schema import Schema
from market.pricing.reference import Spread, Supposed, is_declared, level_of, levels_of_key

_CORRELATIONS: Final = (0.3, 0.9)
_NARROW: Final[Spread] = "narrow"

Common = Mapping[str, tuple[str, ...]]


def plausible_tables(
    one: LoweredStatistic, schema: Schema, most_tables: int
) -> tuple[Supposed, ...]:
    """The tables that a statistic may meet, the expected one first.

    Args:
        most_tables: where there are more, levels are not taken one by one but several at once; how
            numbers spread and depend on each other is never left out.
    """
    asked = _asked_of(one)
    numbers = tuple(name for name, levels in asked.items() if not levels)
    keys = tuple(name for name, levels in asked.items() if levels)
    free = {name: levels for name, levels in asked.items() if not is_declared(name, schema)}
    ways = tuple(_ways(keys, numbers, [name for name in numbers if name in free]))
    free_keys = {key: free[key] for key in keys if key in free}
    shares = _shares(free_keys, schema, most_tables // len(ways))
    return tuple(replace(way, common=common) for common, way in product(shares, ways))


def _asked_of(one: LoweredStatistic) -> dict[str, tuple[str, ...]]:
    """The levels that it asks of, by key, in their order; none for a number."""
    found: dict[str, list[str]] = {}
    for variable in _variables(one):
        levels = found.setdefault(variable.column, [])
        if not isinstance(variable, Numeric):
            levels.append(level_of(variable))
    return {name: tuple(levels) for name, levels in found.items()}


def _variables(one: LoweredStatistic) -> Iterator[Variable]:
    factors = dict.fromkeys(chain.from_iterable(one.moments))
    yield from dict.fromkeys(chain.from_iterable(map(variables_of, factors)))


def _shares(free: Mapping[str, tuple[str, ...]], schema: Schema, most: int) -> Iterator[Common]:
    """Which levels most rows have, of every key; none named where all are as expected."""
    each = int(max(most, 1) ** (1 / max(len(free), 1)))
    choices = [_common(asked, levels_of_key(key, schema), each) for key, asked in free.items()]
    for chosen in product(*choices):
        yield {key: levels for key, levels in zip(free, chosen, strict=True) if levels}


def _common(
    asked: tuple[str, ...], levels: tuple[str, ...], most: int
) -> tuple[tuple[str, ...], ...]:
    """At most so many choices: one level after another, or several at once where they are many."""
    others = tuple(level for level in levels if level not in asked)
    classes = max(1, min(len(asked), most - len({asked, others, levels})))
    some = (asked[first::classes] for first in range(classes))
    return tuple(dict.fromkeys(((), *some, asked, others, levels)))[: max(most, 1)]


def _ways(keys: Sequence[str], numbers: Sequence[str], free: Sequence[str]) -> Iterator[Supposed]:
    """How numbers spread, the `free` ones, and how columns depend on each other."""
    leans = tuple(_leans(keys, numbers))
    yield Supposed()
    if free:
        yield Supposed(spreads=dict.fromkeys(free, _NARROW))
        yield Supposed(spreads=dict.fromkeys(free, "wide"))
    for correlation, one in product(_CORRELATIONS, leans):
        yield Supposed(leans=one, correlation=correlation)
    for some in (free[::2], free[1::2]) if len(free) > 1 else ():
        spreads = dict.fromkeys(some, _NARROW)
        yield Supposed(spreads=spreads)
        yield Supposed(spreads=spreads, leans=leans[0], correlation=_CORRELATIONS[-1])


def _leans(keys: Sequence[str], numbers: Sequence[str]) -> Iterator[Mapping[str, int]]:
    """Ways in which the columns may depend on each other."""
    if len(keys) + len(numbers) < 2:
        return
    together = dict.fromkeys((*keys, *numbers), 1)
    yield together
    if keys and numbers:
        yield together | dict.fromkeys(keys, -1)
    if len(numbers) > 1:
        yield together | {name: (1, -1)[place % 2] for place, name in enumerate(numbers)}
