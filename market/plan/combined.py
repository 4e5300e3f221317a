"""When several moments are opened as one sum: under Laplace noise, where it is never worse.

Epsilons of families add up. A sum over a column of middle m and half range h is m·n + h·Σu, so to
open n and Σu apart costs two epsilons; opened as one, a row moves it by |m| + h, the column's
largest value in size, for one. Under Gaussian noise squares add up, both ways cost the same, and
apart the moments serve other questions too: there every moment is opened by itself.

A plan's sums are rows over the columns "moments". Families of degree one whose moments serve the
very same sums are looked at together, and what those sums hold of them is opened as one where

  - it is one weighted sum up to a factor, or one for each level of keys, all with the same weights;
  - it is no wider than apart, whatever the shares of epsilon: a statistic that spends its share on
    n families, k of them these, spends it then on n - k + 1, so with weights w that move by D

        D · (n - k + 1)  <=  sqrt(Σw²) · n;

  - its weights, made whole without a common divisor, are small enough for the modulus.

Otherwise the moments stay. What a sum holds of other moments stays, too: the mean of a buyer's
score opens the rows by themselves, and all the columns of the score as one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.plan.factors import Moment, family_id, moment_id
from market.plan.moments import Opened, of_moment
from market.plan.plan import NoiseLaw
from market.plan.polynomial import Combination
from market.plan.schema import Schema

MAXIMUM_TERMS = 64
"""Of one opened sum: its name says them all."""
MAXIMUM_WEIGHT_OF_UNIT = 1 << 16
"""Weights in size times the rows of one unit: beyond, noise of a small epsilon would be refused
that fits while the moments are apart (`plan-noise-too-wide`)."""
MAXIMUM_WEIGHT_OF_ROWS = 1 << 36
"""Weights in size times all rows: 2^86 of the 2^90 that the smallest modulus holds."""

FromOpened = tuple[tuple[Fraction, Opened], ...]
"""A sum as it is put together from what is opened."""


@dataclass(frozen=True, slots=True)
class _Needed:
    """One sum of a statistic, and the number of families that the statistic needs in all."""

    families: int
    sum: Combination


_Opening = dict[Moment, tuple[Fraction, Opened]]
"""Of one sum, by moments of it: what opens them, and its coefficient in the sum."""


def opened_of(
    statistics: Sequence[Sequence[Combination]], law: NoiseLaw, schema: Schema
) -> list[list[FromOpened]]:
    """Every sum of every statistic, by what is opened for it: all readers choose the same."""
    needed = list(_needed(statistics))
    combined: dict[int, _Opening] = {}
    if law == "laplace":
        for users, names in _together(needed).items():
            for place, opening in _combined({at: needed[at] for at in users}, names, schema):
                combined.setdefault(place, {}).update(opening)
    whole = (_from_opened(one.sum, combined.get(place, {})) for place, one in enumerate(needed))
    return [[next(whole) for _ in sums] for sums in statistics]


def _needed(statistics: Sequence[Sequence[Combination]]) -> Iterator[_Needed]:
    for sums in statistics:
        number = len({family_id(moment) for one in sums for moment in one})
        yield from (_Needed(number, one) for one in sums)


def _together(needed: Sequence[_Needed]) -> dict[tuple[int, ...], set[str]]:
    """Families of degree one, by the places of the sums that their moments serve."""
    users: dict[str, list[int]] = {}
    for place, one in enumerate(needed):
        for name in {family_id(moment) for moment in one.sum if len(moment) == 1}:
            users.setdefault(name, []).append(place)
    together: dict[tuple[int, ...], set[str]] = {}
    for name, places in users.items():
        together.setdefault(tuple(places), set()).add(name)
    return together


def _combined(
    users: Mapping[int, _Needed], names: set[str], schema: Schema
) -> Iterator[tuple[int, _Opening]]:
    """What opens the moments of these families as one, by the sum; nothing where they stay."""
    held = {
        place: {moment: value for moment, value in one.sum.items() if _is_of(moment, names)}
        for place, one in users.items()
    }
    if all(len(one) == 1 for one in held.values()):
        return
    whole = {place: _whole(one) for place, one in held.items()}
    if len({one.family for _, one in whole.values()}) > 1:
        return
    # Of one family all have the same weights.
    _, opened = next(iter(whole.values()))
    no_wider = (_is_no_wider(opened, len(names), user) for user in users.values())
    if _fits(opened, schema) and all(no_wider):
        yield from ((place, dict.fromkeys(one, whole[place])) for place, one in held.items())


def _is_of(moment: Moment, names: set[str]) -> bool:
    return len(moment) == 1 and family_id(moment) in names


def _whole(held: Combination) -> tuple[Fraction, Opened]:
    """A combination as a factor times weights that are whole, have no common divisor, and begin
    with one above 0: whatever a sum is multiplied by, it has one name."""
    ordered = sorted(held, key=lambda moment: (family_id(moment), moment_id(moment)))
    common = math.lcm(*(value.denominator for value in held.values()))
    weights = [int(held[moment] * common) for moment in ordered]
    divisor = math.gcd(*weights) * (1 if weights[0] > 0 else -1)
    terms = tuple(
        (weight // divisor, moment) for weight, moment in zip(weights, ordered, strict=True)
    )
    return Fraction(divisor, common), Opened(terms)


def _fits(opened: Opened, schema: Schema) -> bool:
    return (
        len(opened.terms) <= MAXIMUM_TERMS
        and opened.weight * schema.privacy_unit.max_rows <= MAXIMUM_WEIGHT_OF_UNIT
        and opened.weight * schema.capacity_rows <= MAXIMUM_WEIGHT_OF_ROWS
    )


def _is_no_wider(opened: Opened, families: int, user: _Needed) -> bool:
    apart = sum(weight * weight for weight, _ in opened.terms) * user.families**2
    return (opened.spread * (user.families - families + 1)) ** 2 <= apart


def _from_opened(held: Combination, opened: _Opening) -> FromOpened:
    if not opened:
        return tuple((value, of_moment(moment)) for moment, value in held.items())
    alone = {moment: (value, of_moment(moment)) for moment, value in held.items()}
    # All moments of a weighted sum lead to the same one.
    return tuple(dict.fromkeys((alone | opened).values()))
