"""Numbers as people read them: money, time, sizes, answers (privacy loss: market.pricing.loss)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from market.plan.plural import plural

_MINUTE, _HOUR, _DAY = 60, 3_600, 24 * 3_600
_FINGERPRINT_GROUP = 4


def money(cents: int, currency: str) -> str:
    """`1250` as `12.50 EUR`; nothing is `free`."""
    if cents == 0:
        return "free"
    return f"{cents // 100:,}.{cents % 100:02d} {currency}".replace(",", " ").rstrip()


def moment(at: int) -> str:
    """Unix seconds as `25 Nov 2026, 13:33 UTC`."""
    return f"{datetime.fromtimestamp(at, UTC):%-d %b %Y, %H:%M} UTC"


def machine_moment(at: int) -> str:
    """Unix seconds as an HTML `datetime` attribute."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def duration(seconds: int) -> str:
    """`90_000` as `1 day`; the largest fitting unit, rounded down."""
    seconds = max(seconds, 0)
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= unit:
            return _spelled(seconds // unit, name)
    return _spelled(seconds, "second")


def _spelled(count: int, noun: str) -> str:
    return f"{count:,} {plural(count, noun)}".replace(",", " ")


def count(number: int) -> str:
    """`1000000` as `1 000 000`, with spaces that do not break."""
    return f"{number:,}".replace(",", "\u202f")


def counted(number: int, one: str, several: str = "") -> str:
    """A count with the word that goes with it: `1 row`, `1 000 rows`."""
    return f"{count(number)} {plural(number, one, several)}"


def size(size_bytes: int) -> str:
    """`81_000_000` as `81.0 MB`."""
    value = Decimal(size_bytes)
    for name in ("bytes", "kB", "MB", "GB"):
        if value < 1_000:
            return f"{value:.0f} {name}" if name == "bytes" else f"{value:.1f} {name}"
        value /= 1_000
    return f"{value:.1f} TB"


def fingerprint(text: str) -> str:
    """A fingerprint in groups of four, so that two people can compare it aloud."""
    return " ".join(
        text[start : start + _FINGERPRINT_GROUP]
        for start in range(0, len(text), _FINGERPRINT_GROUP)
    )


def number(value: float | None) -> str:
    """Six significant digits, or a dash."""
    if value is None:
        return "—"
    return f"{Decimal(f'{value:.5e}').normalize():,f}"


def rounded(value: float | None, error: float | None) -> str:
    """A number to the last digit that its error has: `12.47` beside `0.31`; a dash for none."""
    if value is None or not error:
        return number(value)
    last = Decimal(f"{error:.1e}").as_tuple().exponent
    place = last if isinstance(last, int) else 0
    exact = Decimal(f"{value:.12e}").quantize(Decimal(1).scaleb(min(place, 0)))
    return f"{exact:,f}"


def half_width(error: float | None) -> str:
    """Two significant digits are what a noise is known to."""
    if error is None:
        return "—"
    return f"{Decimal(f'{error:.1e}'):,f}"


def upper_first(text: str) -> str:
    """A sentence of words that stand inside others elsewhere: `about 7` as `About 7`."""
    return text[:1].upper() + text[1:]
