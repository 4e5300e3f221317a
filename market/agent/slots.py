"""When a reply leaves: a function of public things only (decision 0002).

How long a noise sample took depends on the noise. A release therefore leaves at the first multiple
of the slot at or after the moment sampling began plus an allowance which follows from the plans
alone. Work that is done later than that is due whole allowances later. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor

ROUND_SECONDS = 1
"""What a round may take besides: the machine's other work, a disk that is slow to write."""

# What tests/bench/agent_slots.py measures on two cores of a server stands behind each: an owner's
# machine may be ten times slower, and do other things.
_OUTPUT_MICROSECONDS = 20_000
"""One noise sample and its share: 2 ms in the mean, 17 ms the longest of a thousand."""
_RELEASE_MICROSECONDS = 200_000
"""Unlocking a key, sealing an envelope, one transaction: 30 ms, most of them the disk's."""


def allowance_seconds(outputs_of_releases: Iterable[int]) -> int:
    """What sampling and committing a round's releases, of so many outputs each, may take: whole
    seconds, rounded up."""
    microseconds = sum(
        _RELEASE_MICROSECONDS + outputs * _OUTPUT_MICROSECONDS for outputs in outputs_of_releases
    )
    return ROUND_SECONDS + ceil(microseconds / 1_000_000)


def leaves_at(since: float, done_at: float, *, allowance_seconds: int, slot_seconds: int) -> int:
    """The slot in which the replies of one round leave.

    Args:
        since: the moment from which on time may tell something; done_at: when every reply was
            committed.
        allowance_seconds: the round's allowance, at least 1.

    Returns:
        A multiple of `slot_seconds`, in Unix seconds, later than `done_at`. It is the same for
        every `done_at` before it that lies within the allowance.
    """
    # The fewest allowances that end after the last slot before `done_at`.
    missed = slot_seconds * floor(done_at / slot_seconds)
    allowances = max(1, floor((missed - since) / allowance_seconds) + 1)
    return slot_seconds * ceil((since + allowances * allowance_seconds) / slot_seconds)
