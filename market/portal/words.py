"""Numbers as people read them: money, privacy loss, time, sizes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_UP, Decimal

from crypto.accounting import RHO_UNIT, epsilon_for_rho
from market.plan.decimals import fraction_of

_MINUTE, _HOUR, _DAY = 60, 3_600, 24 * 3_600
_FINGERPRINT_GROUP = 4
_RHO_UNITS = re.compile(r"\b([0-9]{1,15}) (?:rho )?units\b")


def money(cents: int, currency: str) -> str:
    """`1250` as `12.50 EUR`; nothing is `free`."""
    if cents == 0:
        return "free"
    return f"{cents // 100:,}.{cents % 100:02d} {currency}".replace(",", " ")


def rho(units: int) -> str:
    """Privacy loss in zCDP, rounded up: `0.0100`."""
    return _rounded_up(Decimal(units) / RHO_UNIT, places=4)


def epsilon(units: int, delta: str) -> str:
    """The epsilon that a loss of `units` of rho means at `delta`, rounded up: `0.62`."""
    return _rounded_up(Decimal(epsilon_for_rho(units, fraction_of(delta))), places=2)


def delta_text(delta: str) -> str:
    """`0.000001` as `1e-6`."""
    value = Decimal(delta).normalize()
    if value >= Decimal("0.001"):
        return f"{value:f}"
    return f"{value:e}".replace("e-0", "e-").replace("E", "e")


def _rounded_up(value: Decimal, *, places: int) -> str:
    """Rounded up to `places`, or to two significant digits where that would be too coarse."""
    if value and value < 10 * Decimal(1).scaleb(-places):
        places = 1 - value.adjusted()
    return f"{value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_UP):f}"


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
            return _counted(seconds // unit, name)
    return _counted(seconds, "second")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}".replace(",", " ")


def count(number: int) -> str:
    """`1000000` as `1 000 000`, with spaces that do not break."""
    return f"{number:,}".replace(",", "\u202f")


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


def with_human_rho(text: str) -> str:
    """A message of the services with `10000000000 rho units` read as `rho 0.0100`."""
    return _RHO_UNITS.sub(lambda match: f"rho {rho(int(match[1]))}", text)
