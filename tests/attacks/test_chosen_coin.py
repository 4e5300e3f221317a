"""The last member to reveal its part of a coin chooses one with which the coin falls as it likes.

It knows all others' parts by then. With weights of its choice a false product would cancel out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from world.cheating_members import adds
from world.local_parties import run_together

from crypto.mpc.party import Party, Place
from crypto.mpc.primitives import toss_coin
from crypto.mpc.program import Computation, Entropy


class TossCoin:
    """Every member takes 61 bits of the coin."""

    needs_verification = False

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        return self.compute

    async def compute(self, party: Party) -> NDArray[np.uint64]:
        return np.frombuffer(await toss_coin(party), "<u8")[:1] >> np.uint64(3)


@pytest.mark.parametrize("members", [3, 4, 9])
def test_member_that_changes_its_part_is_named(members: int) -> None:
    others = range(1, members)
    # Commitments are the stage's first round, nonces its second.
    chosen = adds(1, stage="check", to=others, rounds=(1,))
    ended = run_together(TossCoin(), {}, members=members, cheats={members: chosen})
    for point in others:
        abort = ended.aborts[point]
        assert (abort.stage, abort.party, abort.code) == ("check", members, "coin-changed")
