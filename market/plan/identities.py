"""What is known of opened sums whatever the data: of a key's levels every row has exactly one.

So the sums over the rows of all levels add up to the sum over all rows, of any product:

    Σ visits·[health = good] + Σ visits·[health = poor] + Σ visits·[health = OTHER]  =  Σ visits

A weighted sum over the rows of a level adds up to that over all rows in the same way.

Sums that were opened with noise do not. Conditioning on what is known is the best linear unbiased
estimate (generalised least squares; for counts in a hierarchy Hay et al. 2010, arXiv:0904.0942):
every sum moves in proportion to how it varies with what an identity is off by, and its error, which
is that of named noises, becomes smaller with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from market.plan.factors import Indicator, Moment, Variable, variables_of
from market.plan.moments import Opened
from market.plan.schema import Schema
from market.plan.uncertain import Uncertain, weighted_sum

Identity = Mapping[str, int]
"""Opened sums by id, each so many times: together they are 0 whatever the data."""

_Product = tuple[Variable, ...]
"""Variables in order; nothing for the rows themselves."""

_Sum = tuple[tuple[_Product, int], ...]
"""What a sum is of: one product or several, each with its weight, in order."""

_MOST_STEPS = 1 << 21
"""Effects of noises that are moved: a second or two. What is coarse comes first, so of tables too
wide for it the totals agree."""
# Of the variance of all its sums: what an identity that holds is off by is rounding.
_ROUNDING = 1e-18


def identities(opened: Iterable[Opened], schema: Schema) -> list[Identity]:
    """What holds among these sums, the coarsest first. A total that was not opened joins those
    whose levels add up to it."""
    known: dict[_Sum, Identity] = {_sum(one): {one.id: 1} for one in opened}
    found: list[Identity] = []
    for keys in range(max((len(_levels(one)) for one in known), default=0), 0, -1):
        for total, parts in _families([one for one in known if len(_levels(one)) == keys], schema):
            added = _added(*((1, known[part]) for part in parts))
            if total in known:
                found.append(_added((1, added), (-1, known[total])))
            else:
                known[total] = added
    return found[::-1]


def agreeing(moments: Mapping[str, Uncertain], known: Sequence[Identity]) -> dict[str, Uncertain]:
    """The same sums once the identities hold among them; those that were exact stay."""
    found, steps = dict(moments), 0
    joined = dict.fromkeys(name for identity in known for name in identity)
    for identity in known:
        off = weighted_sum((times, found[name]) for name, times in identity.items())
        variance = off.sd**2
        if variance <= _ROUNDING * sum(found[name].sd ** 2 for name in identity):
            continue
        for name in joined:
            if gain := _shared(found[name], off) / variance:
                steps += len(off.parts)
                found[name] = weighted_sum([(1.0, found[name]), (-gain, off)])
        if steps > _MOST_STEPS:
            break
    return found


def _sum(opened: Opened) -> _Sum:
    return _in_order((_product(moment), weight) for weight, moment in opened.terms)


def _product(moment: Moment) -> _Product:
    variables = (variable for factor in moment for variable in variables_of(factor))
    return tuple(sorted(variables, key=lambda variable: variable.id))


def _in_order(terms: Iterable[tuple[_Product, int]]) -> _Sum:
    return tuple(sorted(terms, key=lambda term: [variable.id for variable in term[0]]))


def _levels(one: _Sum) -> list[Indicator]:
    """The levels that all rows have which it is summed over, in order."""
    (first, _), *others = one
    return [
        variable
        for variable in first
        if isinstance(variable, Indicator) and all(variable in product for product, _ in others)
    ]


def _families(sums: Iterable[_Sum], schema: Schema) -> Iterator[tuple[_Sum, list[_Sum]]]:
    """Each total, and the sums of it over the rows of every level of one key, where all are
    there."""
    levels: dict[tuple[_Sum, str], dict[str, _Sum]] = defaultdict(dict)
    for one in sums:
        for level in _levels(one):
            levels[_without(level, one), level.column][level.level] = one
    for (rest, key), found in levels.items():
        if found.keys() == set(_possible_levels(key, rest, schema)):
            yield rest, list(found.values())


def _without(level: Indicator, one: _Sum) -> _Sum:
    return _in_order(
        (tuple(variable for variable in product if variable != level), weight)
        for product, weight in one
    )


def _possible_levels(key: str, rest: _Sum, schema: Schema) -> Iterator[str]:
    """Those that rows with the levels of a sum may have."""
    levels = _levels(rest)
    for level in schema.levels(key) or ():
        if schema.can_meet([*levels, Indicator(key, level)]):
            yield level


def _added(*terms: tuple[int, Identity]) -> Identity:
    total: dict[str, int] = defaultdict(int)
    for times, one in terms:
        for name, already in one.items():
            total[name] += times * already
    return {name: times for name, times in total.items() if times}


def _shared(one: Uncertain, other: Uncertain) -> float:
    """Their covariance."""
    return sum(effect * other.parts.get(source, 0.0) for source, effect in one.parts.items())
