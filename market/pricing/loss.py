"""Privacy loss as people read it: rho and epsilon in few digits, never less than they are.

Units of rho are for machines. Whoever says a loss to a person says both, at the policy's delta.
What people's budget holds is told for any noise that may be paid from it; what may be asked of it,
for Gaussian noise, and says so. What one job spends is told by its quote.
"""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

from crypto.accounting import LARGEST_RHO_UNITS, RHO_UNIT, epsilon_for_rho
from crypto.gaussian_profile import gaussian_epsilon
from market.plan.decimals import fraction_of


def rho_text(units: int) -> str:
    """Privacy loss in zCDP, rounded up: `0.0100`."""
    return _rounded_up(Decimal(units) / RHO_UNIT, places=4)


def epsilon_text(units: int, delta: str) -> str:
    """The epsilon that a loss of `units` of rho means at `delta`, rounded up: `0.62`."""
    if units > LARGEST_RHO_UNITS:
        # Anybody may write such a number into a request.
        return "without bound"
    return _rounded_up(Decimal(epsilon_for_rho(units, fraction_of(delta))), places=2)


def shown_epsilon(text: str) -> str:
    """An epsilon to four decimals, rounded up: never less than it is."""
    rounded = Decimal(text).quantize(Decimal("0.0001"), rounding=ROUND_UP)
    return format(rounded.normalize(), "f")


def delta_text(delta: str) -> str:
    """`0.000001` as `1e-6`, none as `0`."""
    value = Decimal(delta).normalize()
    if not value or value >= Decimal("0.001"):
        return f"{value:f}"
    return f"{value:e}".replace("e-0", "e-").replace("E", "e")


def loss_text(units: int, delta: str) -> str:
    """Both ways of saying it: `rho 0.0100 (epsilon 0.63)`."""
    return f"rho {rho_text(units)} (epsilon {epsilon_text(units, delta)})"


def gaussian_loss_text(units: int, delta: str) -> str:
    """What it is when all noise is Gaussian: `rho 0.0281 (epsilon 1.00 of Gaussian noise)`."""
    epsilon = "without bound"
    if units <= LARGEST_RHO_UNITS:
        epsilon = _rounded_up(gaussian_epsilon(units, fraction_of(delta)), places=2)
    return f"rho {rho_text(units)} (epsilon {epsilon} of Gaussian noise)"


def compared_losses(seen: int, expected: int, delta: str) -> tuple[str, str]:
    """Two losses with every digit of rho: the texts differ where the units do."""
    return _exact_text(seen, delta), _exact_text(expected, delta)


def _exact_text(units: int, delta: str) -> str:
    rho = (Decimal(units) / RHO_UNIT).normalize()
    return f"rho {rho:f} (epsilon {epsilon_text(units, delta)})"


def _rounded_up(value: Decimal, *, places: int) -> str:
    """Rounded up to `places`, or to two significant digits where that would be too coarse."""
    if value and value < 10 * Decimal(1).scaleb(-places):
        places = 1 - value.adjusted()
    return f"{value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_UP):f}"
