"""When a reply leaves: a function of public things only (decision 0002).

How long a noise sample took depends on the noise. A reply therefore leaves at the first multiple of
the slot at or after the moment its work was seen plus an allowance which follows from the plan and
the declared size of the table. Work that is done later than that is due whole allowances later.
Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from market.plan.privacy import QuotedOutput

ROUND_SECONDS = 1
"""Reading the list, checking signatures, unlocking keys, adding up the agent's own constants."""
_OUTPUT_MICROSECONDS = 20_000
_FETCH_MICROSECONDS = 50_000
"""One ciphertext of one replayed column: 0.3 MB over a line of 50 Mbit/s, and its hash."""
_MULTIPLY_MICROSECONDS = 50_000
"""One ciphertext of one product; measured below 10 ms."""


def allowance_seconds(outputs: Sequence[QuotedOutput], ciphertexts_per_column: int) -> int:
    """What a release of these outputs may take: whole seconds, rounded up."""
    products = [output for output in outputs if output.degree > 1]
    replayed = {column for output in products for column in output.columns}
    microseconds = _OUTPUT_MICROSECONDS * len(outputs) + ciphertexts_per_column * (
        _FETCH_MICROSECONDS * len(replayed) + _MULTIPLY_MICROSECONDS * len(products)
    )
    return -(-microseconds // 1_000_000)


def leaves_at(seen_at: float, done_at: float, *, allowance_seconds: int, slot_seconds: int) -> int:
    """The slot in which the replies of one round leave.

    Args:
        seen_at, done_at: when the round's work was asked for, and when every reply was committed.
        allowance_seconds: the round's allowance, at least 1: the sum over its plans.

    Returns:
        A multiple of `slot_seconds`, in Unix seconds, later than `done_at`. It is the same for
        every `done_at` before it that lies within the allowance.
    """
    # The fewest allowances that end after the last slot before `done_at`.
    missed = slot_seconds * floor(done_at / slot_seconds)
    allowances = max(1, floor((missed - seen_at) / allowance_seconds) + 1)
    return slot_seconds * ceil((seen_at + allowances * allowance_seconds) / slot_seconds)
