"""One sum that a question opens, as it is priced."""

from __future__ import annotations

import math
from dataclasses import dataclass

from crypto.ladder import Ladder
from market.plan.moments import Output
from market.plan.plan import NoiseLaw
from market.plan.uncertain import Uncertain, measured
from market.pricing.lattice import Lattice


@dataclass(frozen=True, slots=True)
class QuotedOutput:
    """One sum to open: where its noise lies, and the family it is paid for with.

    Attributes:
        bound: the engine's own error, in lattice units.
    """

    opened: Output
    family: str
    ladder: Ladder
    rung: int
    bound: int

    @property
    def law(self) -> NoiseLaw:
        return self.ladder.law

    @property
    def scale_squared(self) -> int:
        """Of its noise, in lattice units."""
        return self.ladder.scale_squared(self.rung)

    @property
    def output(self) -> str:
        """The output's id."""
        return self.opened.id

    @property
    def columns(self) -> tuple[str, ...]:
        return self.opened.columns

    @property
    def degree(self) -> int:
        return self.opened.degree

    def noised(self, value: float, lattice: Lattice) -> Uncertain:
        """A value of the moment in encoded value units, with the error its noise gives it."""
        variance = lattice.variance(self.law, self.scale_squared)
        sd = math.sqrt(variance) / lattice.unit(self.degree, self.opened.weight)
        return measured(value, sd=sd, source=self.output)

    def moment(self, opened: int, lattice: Lattice) -> Uncertain:
        """The moment behind an opened lattice integer, in encoded value units."""
        # int / int is correctly rounded, however long the integers.
        return self.noised(opened / lattice.unit(self.degree, self.opened.weight), lattice)
