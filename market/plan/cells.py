"""What a cell says, in one normal form, whatever kind of file it came from.

A cell is text, or None where there is nothing. `cell_text` writes any value as text; `cell_key` is
what levels and missing codes are compared by, so that a level `1` is met by `1.0` and a level
`2020-01-01` by a timestamp at that midnight. A number keeps its exact decimal value until it is
mapped: nothing passes through a double that is too coarse for it.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from fractions import Fraction
from typing import Final

from market.errors import Refused

TRUE: Final = ("true", "t", "yes", "y", "1")
FALSE: Final = ("false", "f", "no", "n", "0")
"""How a cell says yes, and no."""
_INFINITE: Final = re.compile(r"([+-]?)inf(?:inity)?", re.ASCII | re.IGNORECASE)
# Enough for 18 digits on either side of the point, with a margin the result cannot see.
_EXACT: Final = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
# Leading zeros are part of a code: 007 is not 7.
_CODE: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)? ?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME_OF_DAY: Final = re.compile(r"(\d\d:\d\d:\d\d)\.(\d*?)0*", re.ASCII)


def normal_text(text: str) -> str:
    """No white space around it, in Unicode's composed form (NFC)."""
    stripped = text.strip()
    return stripped if stripped.isascii() else unicodedata.normalize("NFC", stripped)


def cell_text(value: object) -> str | None:
    """A value as its cell's text; None where there is nothing.

    Raises:
        Refused: `table-encoding` for undecoded bytes.
    """
    match value:
        case str():
            return normal_text(value) or None
        # pandas.NA and NaT have no truth value to compare by.
        case _ if value is None or type(value).__name__ in ("NAType", "NaTType"):
            return None
        case bool():
            return "true" if value else "false"
        case int():
            # Python refuses to write an integer of more than 4300 digits; Decimal does not.
            return str(Decimal(value))
        case float():
            return None if math.isnan(value) else repr(value)
        case Decimal():
            return None if value.is_nan() else str(value)
        case datetime.date():
            return cell_key(str(value))
        case bytes() | bytearray():
            raise Refused(
                "table-encoding",
                "The table holds undecoded bytes, expected text.",
                "Read the file with its encoding, UTF-8 for example.",
            )
        case _:
            return normal_text(str(value)) or None


def cell_key(text: str) -> str:
    """What two cells are compared by: equal for two ways to write one value.

    Decimals lose zeros after the point and exponents, `true` and `false` their capitals, a moment
    at midnight its time, a time of day zeros of its fraction. Everything else is its normal text.
    """
    text = normal_text(text)
    first = text[:1]
    if first == "-" or first.isdecimal():
        if _CODE.fullmatch(text):
            return _plain(text)
        if moment := _MOMENT.fullmatch(text):
            return _moment(*moment.groups(""))
        if time := _TIME_OF_DAY.fullmatch(text):
            return f"{time[1]}.{time[2]}" if time[2] else time[1]
    elif first in "tTfF" and text.lower() in ("true", "false"):
        return text.lower()
    return text


def number_of(text: str) -> Decimal | None:
    """The exact number a cell says, infinite ones included; None when it says none."""
    if _NUMBER.fullmatch(text):
        return _EXACT.create_decimal(text)
    infinite = _INFINITE.fullmatch(text)
    return Decimal(f"{infinite[1]}Infinity") if infinite else None


def number_key(text: str) -> str:
    """What two cells of a numeric column are compared by: equal for two ways to write one number.

    There -0200 is -200, whatever `cell_key` makes of a code; text that says no number has its key.
    """
    number = number_of(normal_text(text))
    if number is None:
        return cell_key(text)
    return str(number.normalize(_EXACT)) if number else "0"


def truth_of(text: str) -> bool | None:
    """Whether a cell says true or false; None when it says neither."""
    word = cell_key(text).lower()
    return True if word in TRUE else False if word in FALSE else None


def date_of(text: str) -> datetime.date | None:
    """The day a cell says, ISO 8601, alone or with a time on its own wall clock; None when it says
    none."""
    day, is_alone = text[:10], _DAY.fullmatch(text)
    if not is_alone and not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.date.fromisoformat(day)
    except ValueError:
        return None


def scaling(midpoint: Fraction, half_range: Fraction) -> Callable[[Decimal], float]:
    """The map to [-1, 1]: subtracted and divided in decimals, rounded to a double once."""
    middle, half = _decimal(midpoint), _decimal(half_range)

    def scaled(number: Decimal) -> float:
        return float(_EXACT.divide(_EXACT.subtract(number, middle), half))

    return scaled


def _decimal(value: Fraction) -> Decimal:
    """Exact for half the sum of two declared bounds: 37 digits at most."""
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _plain(text: str) -> str:
    if text.isdecimal():
        return text
    plain = format(Decimal(text), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def _moment(date: str, minute: str, second: str, fraction: str, offset: str) -> str:
    second, fraction = second or "00", fraction.rstrip("0")
    if (minute, second, fraction) == ("00:00", "00", ""):
        return date
    zone = "+00:00" if offset == "Z" else offset
    if zone and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    return f"{date} {minute}:{second}{'.' if fraction else ''}{fraction}{zone}"
