"""What a release opens, sum by sum, and how much of it is new.

A sum is opened with the noise of a rung of its ladder, whatever it was called, in whatever order or
beside whatever else it was asked. Of its noises those of lower rungs follow from the highest that
was released (crypto.noise), so that all releases of it cost the people in the data what the highest
does; and outputs of one family, of which a row touches one, cost what the highest of them does.

    new rho   sum over families   rho(highest asked) - rho(highest released before), where positive
    new for the key               the same for each sum, in flooding units (crypto.flooding)

Members who compute together draw their noise anew: every run of theirs is new as a whole.

The platform and the agent both ask these functions, so that their ledgers agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crypto.flooding import flooding_units
from crypto.ladder import ladder_of_id, rho_of_rung


@dataclass(frozen=True, slots=True)
class SumId:
    """Which sum of a manifest, on which ladder of noise (by its id)."""

    family: str
    ladder: str
    output: str


@dataclass(frozen=True, slots=True)
class OpenedSum:
    """A sum and the rung of its noise."""

    sum: SumId
    rung: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What a question opens of each table it asks.

    Attributes:
        run_rho_units: what is new in every run, whatever was released before.
    """

    sums: tuple[OpenedSum, ...]
    run_rho_units: int = 0

    @property
    def families(self) -> tuple[str, ...]:
        """The families it opens sums of, each once."""
        return tuple(dict.fromkeys(one.sum.family for one in self.sums))


Rungs = Mapping[SumId, int]
"""The highest rung that was released of each sum."""


@dataclass(frozen=True, slots=True)
class Had:
    """What was released before of the families of an opening: to its buyer, and to anybody."""

    own: Rungs = field(default_factory=dict)
    anybody: Rungs = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class New:
    """How much more is known after a release: of the people, in rho, and of the key, in flooding
    units."""

    rho_units: int
    key_units: int


def newly(opening: Opening, had: Rungs) -> New:
    """What an opening adds to what was released before."""
    rungs = {one.sum: one.rung for one in opening.sums}
    return New(
        opening.run_rho_units + _added(_of_families(rungs), _of_families(had), _rho),
        _added(rungs, had, _flooding),
    )


def _of_families(rungs: Rungs) -> dict[SumId, int]:
    """The highest rung of each family, on each ladder."""
    highest: dict[SumId, int] = {}
    for one, rung in rungs.items():
        family = SumId(one.family, one.ladder, "")
        highest[family] = max(rung, highest.get(family, rung))
    return highest


def _added(asked: Rungs, had: Rungs, cost: Callable[[SumId, int], int]) -> int:
    return sum(
        cost(one, rung) - (cost(one, had[one]) if one in had else 0)
        for one, rung in asked.items()
        if rung > had.get(one, rung - 1)
    )


def _rho(_sum: SumId, rung: int) -> int:
    return rho_of_rung(rung)


def _flooding(one: SumId, rung: int) -> int:
    ladder = ladder_of_id(one.ladder)
    return flooding_units(ladder.bound, ladder.scale_squared(rung)) if ladder.bound else 0
