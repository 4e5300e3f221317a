"""What one member of a session sends instead of what its program says (world.local_parties)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from crypto.mpc import field
from crypto.mpc.aborts import Stage
from crypto.shamir import PRIME
from world.local_parties import Interference, Sent


def adds(
    amount: int,
    *,
    stage: Stage,
    to: Collection[int],
    rounds: Collection[int] = range(1_000),
    place: int = 0,
) -> Interference:
    """Add to one element of the messages of a stage, to some members."""

    def interfere(at: Stage, before: int, sent: Sent) -> Sent:
        if at != stage or before not in rounds:
            return sent
        return {
            point: _added(data, amount, place) if point in to else data
            for point, data in sent.items()
        }

    return interfere


def _added(data: bytes, amount: int, place: int) -> bytes:
    elements = np.frombuffer(data, "<u8").copy()
    elements[place] = (int(elements[place]) + amount) % PRIME
    return field.to_bytes(elements)
