"""When a reply leaves: a function of public things only (decision 0002).

How long a noise sample took depends on the noise. A reply therefore leaves at the first multiple of
the slot at or after the moment its work was seen plus an allowance which follows from the plan and
the declared size of the table. Work that is done later than that is due whole allowances later.
Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor

from market.pricing.quote import QuotedOutput

ROUND_SECONDS = 1
"""Reading the list, checking signatures, unlocking keys, adding up the agent's own constants."""

# What tests/bench/agent_slots.py measures on two cores of a server stands behind each: an owner's
# machine may be ten times slower, and do other things.
_OUTPUT_MICROSECONDS = 20_000
"""One noise sample and its share: 0.1 ms in the mean, 15 ms the longest of five thousand."""
_SUM_MICROSECONDS = 100
"""One ciphertext of one sum, by the tables: 0.01 ms."""
_FETCH_MICROSECONDS = 50_000
"""One ciphertext of one recomputed column: 0.16 MB are 44 ms over a line of 30 Mbit/s; it is hashed
and read in 0.06 ms."""
_MULTIPLY_MICROSECONDS = 10_000
"""One ciphertext of one product: 0.4 ms."""


def allowance_microseconds(outputs: Sequence[QuotedOutput], ciphertexts_per_column: int) -> int:
    """What a release of these outputs may take."""
    products = [output for output in outputs if output.degree > 1]
    recomputed = {column for output in products for column in output.columns}
    per_ciphertext = (
        _SUM_MICROSECONDS * (len(outputs) - len(products))
        + _FETCH_MICROSECONDS * len(recomputed)
        + _MULTIPLY_MICROSECONDS * len(products)
    )
    return _OUTPUT_MICROSECONDS * len(outputs) + ciphertexts_per_column * per_ciphertext


def round_seconds(releases_microseconds: Iterable[int]) -> int:
    """What a round with these releases may take: whole seconds, rounded up."""
    return ROUND_SECONDS + ceil(sum(releases_microseconds) / 1_000_000)


def leaves_at(seen_at: float, done_at: float, *, allowance_seconds: int, slot_seconds: int) -> int:
    """The slot in which the replies of one round leave.

    Args:
        seen_at, done_at: when the round's work was asked for, and when every reply was committed.
        allowance_seconds: the round's allowance, at least 1: by its plans together.

    Returns:
        A multiple of `slot_seconds`, in Unix seconds, later than `done_at`. It is the same for
        every `done_at` before it that lies within the allowance.
    """
    # The fewest allowances that end after the last slot before `done_at`.
    missed = slot_seconds * floor(done_at / slot_seconds)
    allowances = max(1, floor((missed - seen_at) / allowance_seconds) + 1)
    return slot_seconds * ceil((seen_at + allowances * allowance_seconds) / slot_seconds)
