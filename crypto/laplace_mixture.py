"""How discrete Laplace noise of one scale becomes that of a wider one, exactly.

For p = exp(-1/a), q = exp(-1/b), a <= b, the generating functions of the discrete Laplace laws are
(1-p)^2 / (1 + p^2 - 2p cos t) and likewise for q. Their ratio is that of a mixture: what has to be
added to noise of scale a is

    0                         with probability w = (1-q)^2 p / ((1-p)^2 q)
    noise of scale b          else

(for continuous noise w is (a/b)^2: Koufogiannis, Han and Pappas, "Gradual Release of Sensitive Data
under Differential Privacy", 2016, arXiv:1504.00429, theorem 7). As (1-q)^2/q = 4 sinh^2(1/(2b)),

    w = (sinh(1/(2b)) / sinh(1/(2a)))^2

which is irrational: a coin of that probability compares its bits with bounds of w until they tell.

    >>> low, high = weight_bounds(1, 2, 30)
    >>> low / 2**30 <= (math.sinh(1 / 4) / math.sinh(1 / 2)) ** 2 <= high / 2**30, high - low < 4
    (True, True)
"""

from __future__ import annotations

import math
from functools import lru_cache

_GUARD_BITS = 16


@lru_cache(maxsize=4_096)
def weight_bounds(narrow: int, wide: int, bits: int) -> tuple[int, int]:
    """Integers around w 2^bits, for the scales a and b: w is at least the first, at most the
    second."""
    precision = bits + _GUARD_BITS
    low_wide, high_wide = _sinh_bounds(wide, precision)
    low_narrow, high_narrow = _sinh_bounds(narrow, precision)
    # sinh(1/(2b)) = S(b) / (2b): the ratio's square has (a/b)^2 before it.
    low = (narrow * low_wide) ** 2 << bits
    high = (narrow * high_wide) ** 2 << bits
    return low // (wide * high_narrow) ** 2, -(-high // (wide * low_narrow) ** 2)


def _sinh_bounds(scale: int, precision: int) -> tuple[int, int]:
    """Integers around S 2^precision, for S = sinh(x)/x with x = 1/(2 scale): 1 + x^2/3! + ..."""
    total, number = 0, 0
    while True:
        term = (1 << precision) // ((2 * scale) ** (2 * number) * math.factorial(2 * number + 1))
        if not term:
            # Each term was rounded down, and all that follow are together less than one.
            return total, total + number + 1
        total += term
        number += 1
