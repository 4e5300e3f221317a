"""Moments and their families: what is opened, and of what one row moves at most one.

A moment is the sum over all rows, padding included, of one encoded column or of two multiplied.

A family is a set of moments of which one row touches at most one: those that differ only in the
level of the key columns. One row then changes the family's vector by at most 1 in one place,
because every encoded column lies in [-1, 1]: l1 and l2 sensitivity are the rows of one unit.

    group_by("health")["visits"].mean()  ->  families  health=   and   health=&visits
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from market.plan.factors import Moment, family_id, moment_id

MAXIMUM_OUTPUTS = 4_096
"""That one plan may open."""


@dataclass(frozen=True, slots=True)
class Output:
    """One coefficient to open: the sum of a column, or of the products of two.

    Attributes:
        id: its name in shares, noise and receipts (market.plan.factors.moment_id).
        columns: the encoded columns it multiplies, as the manifest names them.
    """

    id: str
    columns: tuple[str, ...]

    @property
    def degree(self) -> int:
        return len(self.columns)


@dataclass(frozen=True, slots=True)
class Family:
    """Outputs, by id, of which one row touches at most one."""

    id: str
    degree: int
    outputs: tuple[str, ...]


def output_of(moment: Moment) -> Output:
    """The coefficient that opens a moment."""
    return Output(moment_id(moment), tuple(factor.id for factor in moment))


def families(moments: Iterable[Moment]) -> tuple[Family, ...]:
    """Distinct moments, partitioned, in the order their families are first met."""
    members: dict[str, list[Moment]] = {}
    for moment in moments:
        members.setdefault(family_id(moment), []).append(moment)
    return tuple(
        Family(name, len(group[0]), tuple(moment_id(moment) for moment in group))
        for name, group in members.items()
    )
