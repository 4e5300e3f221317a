"""Which numbers of a plan's answers add up to which others, whatever the data.

Nothing is read off names: cells that differ in some of their labels only are added, and where the
noise of the sum is that of another number, to the last part, both are the same. Before, the sums
must agree (market.plan.identities); what no noise tells apart is then one number.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from market.plan.possible_sums import Balance
from market.plan.statistics.contract import Labels
from market.plan.uncertain import Uncertain, weighted_sum

# Of the standard deviations in it: what is left of noises that cancel.
_ROUNDING = 1e-7

Cell = tuple[int, Labels, Uncertain]
"""A number: its place among all, its labels, its value."""


def balances(answers: Sequence[Sequence[Cell]]) -> list[Balance]:
    """What holds among these sums, by their places; those of one answer are together."""
    cells = {place: value for answer in answers for place, _, value in answer}
    places = sorted(cells, key=lambda place: cells[place].value)
    ascending = [cells[place].value for place in places]
    found = []
    for parts in chain.from_iterable(map(_alike, answers)):
        scale = sum(cells[part].sd for part in parts)
        value = sum(cells[part].value for part in parts)
        first = bisect_left(ascending, value - _ROUNDING * scale)
        last = bisect_right(ascending, value + _ROUNDING * scale)
        near = [place for place in places[first:last] if place not in parts]
        if near:
            together = weighted_sum((1.0, cells[part]) for part in parts)
            same = (one for one in near if (together - cells[one]).sd <= _ROUNDING * scale)
            found += [Balance(total, parts) for total in same]
    return found


def _alike(answer: Sequence[Cell]) -> Iterator[tuple[int, ...]]:
    """Places of cells whose labels are alike but for those at some positions."""
    alike: dict[tuple[tuple[int, ...], Labels], list[int]] = defaultdict(list)
    for place, labels, _ in answer:
        size = len(labels)
        for kept in chain.from_iterable(combinations(range(size), n) for n in range(size)):
            positions = (size, *kept)
            alike[positions, tuple(labels[position] for position in kept)].append(place)
    return (tuple(places) for places in alike.values() if len(places) > 1)
