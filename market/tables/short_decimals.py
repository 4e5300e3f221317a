"""Numbers of few digits, many at a time: what nearly every cell of a numeric column is.

A text of an optional sign and at most 15 digits with at most one point is m / 10^f for integers m
and f that doubles hold exactly. With midpoint p/q and half range r/s of the declared bounds,

    (m / 10^f - p/q) / (r/s)  =  s (m q - p 10^f) / (r q 10^f)

so that where numerator and denominator stay below 2^53 one division of doubles is the quotient
rounded once, to even: the very value market.plan.cells.scaling gives. (That one rounds to 60 digits
before. A quotient of such integers lies off every midpoint of doubles by more than 2^-107, or on
one that has fewer than 60 digits.) All other texts are left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_LONGEST = 17
_DIGITS = 15
_EXACT = 2**53


def scaled_decimals(
    texts: Sequence[str | None], midpoint: Fraction, half_range: Fraction
) -> tuple[Floats, Flags]:
    """The texts mapped to [-1, 1] and beyond, float64[n], and which of them were: the others are
    long, no plain decimals, or not there, and stand at 0."""
    mantissas, places, is_short = _parsed(texts)
    p, q = midpoint.numerator, midpoint.denominator
    r, s = half_range.numerator, half_range.denominator
    # With 10^15 and 10^15 for the largest mantissa and power: no product overflows 64 bits unseen.
    if s * (q + abs(p)) >= 2**13 or r * q >= _EXACT:
        return np.zeros(len(texts)), np.zeros(len(texts), dtype=bool)
    power = np.array([10**place for place in range(_DIGITS + 1)], dtype=np.int64)[places]
    numerators = s * (mantissas * q - p * power)
    is_exact = is_short & (np.abs(numerators) < _EXACT) & (power <= (_EXACT - 1) // (r * q))
    denominators = np.where(is_exact, power, 1) * (r * q)
    values = np.where(is_exact, numerators, 0).astype(np.float64) / denominators.astype(np.float64)
    return values, is_exact


def _parsed(texts: Sequence[str | None]) -> tuple[Integers, Integers, Flags]:
    """m, f, and whether a text is such a number."""
    fitting = [text if text and len(text) <= _LONGEST else "" for text in texts]
    count = len(fitting)
    lengths = np.fromiter(map(len, fitting), dtype=np.int64, count=count)
    width = int(lengths.max(initial=1))
    # Code points, a row for each text, zeros after its end.
    signs = np.array(fitting, dtype=f"U{width}").view(np.uint32).reshape(-1, width)
    mantissas, places, digits = (np.zeros(count, dtype=np.int64) for _ in range(3))
    has_point, has_ended = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    is_number = np.ones(count, dtype=bool)
    is_negative = signs[:, 0] == ord("-")
    is_signed = is_negative | (signs[:, 0] == ord("+"))
    for column in range(width):
        sign = signs[:, column]
        is_digit = (sign >= ord("0")) & (sign <= ord("9"))
        is_point, is_end = sign == ord("."), sign == 0
        allowed = is_digit | (is_point & ~has_point) | (is_signed if column == 0 else False)
        is_number &= np.where(has_ended, is_end, allowed | is_end)
        value = sign.astype(np.int64) - ord("0")
        mantissas = np.where(is_digit & (digits < _DIGITS), 10 * mantissas + value, mantissas)
        digits += is_digit
        places += is_digit & has_point
        has_point |= is_point
        has_ended |= is_end
    # Zeros at the end of a row may have been the text's own.
    is_number &= (digits >= 1) & (digits <= _DIGITS) & ((signs != 0).sum(axis=1) == lengths)
    return np.where(is_negative, -mantissas, mantissas), np.where(is_number, places, 0), is_number
