"""Opening what members share among themselves: Shamir's scheme over GF(2^61 - 1).

Rules: a value is the constant term of a polynomial of degree at most t (the threshold) over the
field; the member at point i, from 1, holds the polynomial's value there. Any t + 1 shares give the
value, t of them nothing. Whoever opens looks at *all* shares received:

    fewer than t + 1               refused: nothing can be opened
    fewer than m                   opened, not complete: fewer lies are noticed
    all on one polynomial          consistent; where all m >= 2t + 1 are there, t liars cannot bring
                                   that about for another value
    not so, 3t + 1 or more shares  corrected: one polynomial alone misses at most t of them, and the
                                   shares off it are named (two such polynomials would agree on
                                   t + 1 points, and so be one)
    not so, fewer shares           not consistent, nobody named: a correction here would let liars
                                   choose the value

A share travels as 16 lower-case hexadecimal digits; an opened value is centred, between -p/2 and
p/2. Pure Python: a recipient needs nothing else.

    >>> interpolate({1: 12, 2: 17, 3: 22}, members=3, threshold=1)
    Opened(value=7, is_consistent=True, is_complete=True, liars=())
    >>> interpolate({1: 12, 2: 17, 3: 23}, members=3, threshold=1).is_consistent
    False
    >>> interpolate({1: 12, 2: 17, 3: 23, 4: 27}, members=4, threshold=1)
    Opened(value=7, is_consistent=False, is_complete=True, liars=(3,))
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from crypto.errors import FormatError, ParameterError

PRIME = 2**61 - 1
SHARE_DIGITS = 16
FEWEST_MEMBERS = 3
"""With two, each one's share is the other's secret."""
MOST_MEMBERS = 9
_SHARE = re.compile(rf"[0-9a-f]{{{SHARE_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Opened:
    """A value that was opened, and what its shares say about it.

    Attributes:
        value: centred. Without consistency and without liars it is what the first t + 1 shares
            say: somebody lied, and perhaps one of these.
        is_consistent: all shares given lie on one polynomial of degree at most t.
        is_complete: every member's share was given.
        liars: the points whose shares were corrected; the value is what all others agree on.
    """

    value: int
    is_consistent: bool
    is_complete: bool
    liars: tuple[int, ...]


def interpolate(shares: Mapping[int, int], *, members: int, threshold: int) -> Opened:
    """The value that `shares`, from point to field element, are shares of.

    Raises:
        ParameterError: members or a threshold outside their range.
        FormatError: a point that is no member's, a share outside the field, or too few shares.
    """
    check_threshold(members, threshold)
    points = tuple(sorted(shares))
    _check_shares(shares, members)
    if len(points) <= threshold:
        raise FormatError(f"{len(points)} shares, expected at least {threshold + 1}")
    is_complete = len(points) == members
    if _is_consistent(points, shares, threshold):
        return Opened(_value(points, shares, threshold), True, is_complete, ())
    liars = _liars(points, shares, threshold)
    honest = tuple(point for point in points if point not in liars)
    return Opened(_value(honest, shares, threshold), False, is_complete, liars)


def check_threshold(members: int, threshold: int) -> None:
    """Refuse what gives no privacy, or no product.

    Raises:
        ParameterError: not 3 to 9 members, or a threshold outside 1 to (members - 1) / 2.
    """
    if not FEWEST_MEMBERS <= members <= MOST_MEMBERS:
        raise ParameterError(f"{members} members, expected {FEWEST_MEMBERS} to {MOST_MEMBERS}")
    if not 1 <= threshold <= (members - 1) // 2:
        raise ParameterError(f"threshold is {threshold}, expected 1 to {(members - 1) // 2}")


def centred(element: int) -> int:
    """The integer between -p/2 and p/2 that a field element stands for."""
    element %= PRIME
    return element - PRIME if element > PRIME // 2 else element


def share_text(share: int) -> str:
    """A share as it travels: 16 lower-case hexadecimal digits.

    Raises:
        FormatError: not a field element.
    """
    if not 0 <= share < PRIME:
        raise FormatError("share lies outside the field")
    return f"{share:0{SHARE_DIGITS}x}"


def parse_share(text: str) -> int:
    """The share that `share_text` wrote.

    Raises:
        FormatError: other than 16 lower-case hexadecimal digits below the prime.
    """
    if not _SHARE.fullmatch(text) or int(text, 16) >= PRIME:
        raise FormatError("share is not 16 lower-case hexadecimal digits below the prime")
    return int(text, 16)


@lru_cache(maxsize=4_096)
def weights(points: tuple[int, ...], at: int) -> tuple[int, ...]:
    """Lagrange's weights: what each share counts for the polynomial's value at `at`."""
    found = []
    for point in points:
        numerator = denominator = 1
        for other in points:
            if other != point:
                numerator = numerator * (at - other) % PRIME
                denominator = denominator * (point - other) % PRIME
        found.append(numerator * pow(denominator, -1, PRIME) % PRIME)
    return tuple(found)


def _evaluate(points: tuple[int, ...], shares: Mapping[int, int], at: int) -> int:
    weighted = zip(points, weights(points, at), strict=True)
    return sum(shares[point] * weight for point, weight in weighted) % PRIME


def _value(points: tuple[int, ...], shares: Mapping[int, int], threshold: int) -> int:
    return centred(_evaluate(points[: threshold + 1], shares, 0))


def _is_consistent(points: tuple[int, ...], shares: Mapping[int, int], threshold: int) -> bool:
    """Whether the polynomial through the first t + 1 shares goes through all others."""
    first, rest = points[: threshold + 1], points[threshold + 1 :]
    return all(_evaluate(first, shares, point) == shares[point] for point in rest)


def _liars(points: tuple[int, ...], shares: Mapping[int, int], threshold: int) -> tuple[int, ...]:
    """The points off the one polynomial that misses at most t shares; none where it may not be
    one, or there is none."""
    if len(points) < 3 * threshold + 1:
        return ()
    # At most 9 points and 2 liars: 45 sets to try.
    for count in range(1, threshold + 1):
        for left_out in combinations(points, count):
            kept = tuple(point for point in points if point not in left_out)
            if _is_consistent(kept, shares, threshold):
                return left_out
    return ()


def _check_shares(shares: Mapping[int, int], members: int) -> None:
    for point, share in shares.items():
        if not 1 <= point <= members:
            raise FormatError(f"a share of point {point}, expected 1 to {members}")
        if not 0 <= share < PRIME:
            raise FormatError(f"the share of point {point} lies outside the field")
