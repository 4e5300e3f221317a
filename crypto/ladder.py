"""Where the noise of a sum may lie: rungs of rho, and the scale that each of them asks for.

    rho(r) = floor(10^12 / 2 * 2^(r/8)) units        r from -304 to 144: rho from 10^-12 to 131,072

Eight rungs double rho: whoever offers a little more than a rung costs goes without at most 9 % of
it, and their noise is at most 4.5 % wider. Rung 0 is rho 1/2, a pure epsilon of 1.

On a rung the noise of a sum that one privacy unit moves by at most `reach` lattice units has

    gaussian   sigma^2 = ceil(reach^2 10^12 / (2 rho))
    laplace    b = ceil(reach / epsilon), epsilon^2 / 2 = rho

so it never costs more than the rung (Bun and Steinke 2016, propositions 1.6 and 1.4).

    >>> rho_of_rung(0), rho_of_rung(8)
    (500000000000, 1000000000000)
    >>> Ladder("laplace", reach=1_000, bound=0).scale_squared(0)
    1000000
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt
from typing import Final, Literal

from crypto.accounting import RHO_UNIT
from crypto.errors import ParameterError
from crypto.flooding import floor_squared

Law = Literal["gaussian", "laplace"]

LOWEST: Final = -304
HIGHEST: Final = 144
HIGHEST_DERIVED: Final = 64
"""Of noise that is derived: each rung from there down to the one that is paid for is a draw
(crypto.noise), and rho 128 is more than anybody should lose."""
_HALVINGS: Final = 3
"""2^3 rungs double rho."""


def _rho(rung: int) -> int:
    # The eighth root of an integer, rounded down: three square roots, each rounded down.
    power = (RHO_UNIT // 2) ** 8
    value = power << rung if rung >= 0 else power >> -rung
    for _ in range(_HALVINGS):
        value = isqrt(value)
    return value


_RHO_UNITS: Final = tuple(map(_rho, range(LOWEST, HIGHEST + 1)))


def rho_of_rung(rung: int) -> int:
    """What a release at a rung costs, in units of rho.

    Raises:
        ParameterError: no rung of that number.
    """
    if not LOWEST <= rung <= HIGHEST:
        raise ParameterError(f"rung is {rung}, expected {LOWEST} to {HIGHEST}")
    return _RHO_UNITS[rung - LOWEST]


def rung_within(rho_units: int) -> int | None:
    """The highest rung that costs no more; None where the lowest does."""
    place = bisect_right(_RHO_UNITS, rho_units) - 1
    return place + LOWEST if place >= 0 else None


@dataclass(frozen=True, slots=True)
class Ladder:
    """The scales of one sum's noise, rung by rung.

    Attributes:
        reach: how far one privacy unit moves the opened value at most, in lattice units.
        bound: the engine's own error, in lattice units, which the noise has to flood
            (crypto.flooding); 0 for an engine that has none.
    """

    law: Law
    reach: int
    bound: int

    def __post_init__(self) -> None:
        if self.law not in ("gaussian", "laplace"):
            raise ParameterError(f"noise law is {self.law!r}, expected gaussian or laplace")
        if self.reach < 1 or self.bound < 0:
            raise ParameterError(
                f"reach is {self.reach} and bound {self.bound} lattice units, expected at least "
                "1 and 0"
            )

    @property
    def id(self) -> str:
        """Its name: a sum has one noise for each rung of one ladder."""
        return f"{self.law}/{self.reach}/{self.bound}"

    @property
    def highest(self) -> int:
        """The last rung. An engine with an error has none above HIGHEST_DERIVED, and none whose
        noise would no longer flood that error.

        Raises:
            ParameterError: not even the lowest rung's noise does.
        """
        return _highest(self)

    def scale_squared(self, rung: int) -> int:
        """sigma^2 of the discrete Gaussian, b^2 of the discrete Laplace, in lattice units.

        Raises:
            ParameterError: no rung of that number, or one above `highest`.
        """
        if rung > self.highest:
            raise ParameterError(f"rung is {rung}, expected at most {self.highest}")
        return _scale_squared(self, rung)

    def scales_squared_down_to(self, rung: int) -> tuple[int, ...]:
        """Those of the highest rung, of the one below it, and so on: that of `rung` is the last.

        Raises:
            ParameterError: as `scale_squared`.
        """
        return _scales_squared_down_to(self, rung)


def ladder_of_id(text: str) -> Ladder:
    """The ladder that an id names (raises ParameterError)."""
    try:
        law, reach, bound = text.split("/")
        found = Ladder(law, int(reach), int(bound))  # type: ignore[arg-type]
    except ValueError as error:
        raise ParameterError(f"ladder is {text[:80]!r}, expected law/reach/bound") from error
    return found


@lru_cache(maxsize=4_096)
def _highest(ladder: Ladder) -> int:
    floor = floor_squared(ladder.bound) if ladder.bound else 1
    low, high = LOWEST, HIGHEST_DERIVED if ladder.bound else HIGHEST
    if _scale_squared(ladder, low) < floor:
        raise ParameterError(
            f"the widest noise has a scale^2 of {_scale_squared(ladder, low)}, expected {floor}"
        )
    while low < high:
        middle = (low + high + 1) // 2
        if _scale_squared(ladder, middle) >= floor:
            low = middle
        else:
            high = middle - 1
    return low


@lru_cache(maxsize=1_024)
def _scales_squared_down_to(ladder: Ladder, rung: int) -> tuple[int, ...]:
    last = ladder.scale_squared(rung)
    above = range(ladder.highest, rung, -1)
    return (*(ladder.scale_squared(step) for step in above), last)


@lru_cache(maxsize=1 << 16)
def _scale_squared(ladder: Ladder, rung: int) -> int:
    squared = -(-(ladder.reach**2) * RHO_UNIT // (2 * rho_of_rung(rung)))
    if ladder.law == "laplace":
        squared = (isqrt(squared - 1) + 1) ** 2
    return squared
