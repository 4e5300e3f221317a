"""Numbers beside marks and at axes: no more digits than noise leaves."""

from __future__ import annotations

from decimal import Decimal

from market.pages.words import half_width, number, rounded


def with_error(value: float | None, error_95: float | None) -> str:
    """`12.47 ± 0.31`: the number to the last digit that its error has; a dash for none."""
    if value is None or not error_95:
        return number(value)
    return f"{rounded(value, error_95)} ± {half_width(error_95)}"


def tick(value: float) -> str:
    """A number at an axis, short: `2,500`, `6e9`."""
    if abs(value) < 10_000_000:
        return number(0.0 if abs(value) < 1e-12 else value)
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{Decimal(mantissa).normalize():f}e{int(exponent)}"
