"""Decimal strings: how a quantity that is not an integer travels."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{0,17}[1-9])?")


def fraction_of(text: str) -> Fraction:
    """The exact value of a decimal string.

    Raises:
        ValueError: not a plain decimal in shortest form (no exponent, plus sign, or trailing 0).
    """
    if not _DECIMAL.fullmatch(text) or text == "-0":
        raise ValueError(f"{text!r} is not a plain decimal in shortest form, such as -12.5")
    return Fraction(text)


def decimal_text(value: int | float | Decimal | str) -> str:
    """The shortest plain decimal string of a number a person wrote.

    Raises:
        ValueError: not finite, or longer than 18 digits on either side of the point.
    """
    decimal = Decimal(str(value))
    if not decimal.is_finite():
        raise ValueError(f"{value!r} is not finite")
    text = format(decimal, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    text = "0" if text in ("-0", "") else text
    fraction_of(text)
    return text
