"""A member shows a false share of a value that is opened, and so has another value opened.

t + 1 shares open whatever they are shares of: of the value in the clear nobody sees that one of
them was false.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from world.local_parties import run_together

from crypto.mpc import field
from crypto.mpc.aborts import NOBODY
from crypto.mpc.party import Party, Place
from crypto.mpc.primitives import open_shares, share
from crypto.mpc.program import Computation, Entropy


class OpenOne:
    """The first member deals 42, and all open it."""

    needs_verification = False
    lie = 0

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        return self.compute

    async def compute(self, party: Party) -> NDArray[np.uint64]:
        own = np.array([42], np.uint64) if party.point == 1 else None
        held = (await share(party, {1: 1}, own))[1]
        return await open_shares(party, field.add(held, np.full(1, self.lie, np.uint64)))


class OpenFalsely(OpenOne):
    """The same false share to everybody, and no word of it afterwards."""

    lie = 1


@pytest.mark.parametrize("members", [3, 4, 5, 9])
@pytest.mark.parametrize("cheat", [1, 2, 3])
def test_no_member_takes_a_false_value(members: int, cheat: int) -> None:
    honest = run_together(OpenOne(), {}, members=members)
    assert {int(value[0]) for value in honest.shares.values()} == {42}
    programs = {point: OpenOne() for point in range(1, members + 1)} | {cheat: OpenFalsely()}
    ended = run_together(programs, {}, members=members)
    assert not ended.shares
    assert {(a.stage, a.code, a.party) for a in ended.aborts.values()} == {
        ("open", "inconsistent-shares", NOBODY)
    }
