"""Decimal strings: how a quantity that is not an integer travels."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{0,17}[1-9])?")
_MAXIMUM_DIGITS = 18


def fraction_of(text: str) -> Fraction:
    """The exact value of a decimal string.

    Raises:
        ValueError: not a plain decimal in shortest form (no exponent, plus sign, or trailing 0).
    """
    if not _DECIMAL.fullmatch(text) or text == "-0":
        raise ValueError(f"{text!r:.60} is not a plain decimal in shortest form, such as -12.5")
    return Fraction(text)


def decimal_text(value: int | float | Decimal | str) -> str:
    """The shortest plain decimal string of a number a person wrote.

    Raises:
        ValueError: not finite, or longer than 18 digits on either side of the point.
    """
    decimal = Decimal(str(value))
    if not decimal.is_finite():
        raise ValueError(f"{value!r:.60} is not finite")
    # Written out, an exponent of a few characters may need a gigabyte.
    if not decimal:
        return "0"
    if not -_MAXIMUM_DIGITS <= decimal.adjusted() < _MAXIMUM_DIGITS:
        raise ValueError(f"{decimal:.3e} has more than {_MAXIMUM_DIGITS} digits")
    text = format(decimal, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    fraction_of(text)
    return text


def fraction_text(value: Fraction) -> str:
    """The plain decimal string of a fraction.

    Raises:
        ValueError: it has none of at most 18 digits.
    """
    scaled = value * 10**_MAXIMUM_DIGITS
    if scaled.denominator != 1 or abs(scaled) >= 10 ** (2 * _MAXIMUM_DIGITS):
        raise ValueError(f"{value} has no decimal of at most {_MAXIMUM_DIGITS} digits")
    return decimal_text(Decimal(scaled.numerator).scaleb(-_MAXIMUM_DIGITS))
