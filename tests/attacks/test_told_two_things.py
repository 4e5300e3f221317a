"""Of four members, one tells two of them different things where all must hear the same.

It shows its true share to one and a false one to another: the first goes on with a value, the
second does not, and what they go on to compute together is no longer one computation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from world.cheating_members import adds
from world.local_parties import Sent, run_together

from crypto.mpc import primitives
from crypto.mpc.aborts import NOBODY, Stage
from crypto.mpc.party import Party, Place
from crypto.mpc.primitives import tell_elements, toss_coin
from crypto.mpc.program import Computation, Entropy

CHEAT = 4


class TellAll:
    """Every member tells its point, and takes what it heard of the others."""

    needs_verification = False

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        return self.compute

    async def compute(self, party: Party) -> NDArray[np.uint64]:
        with party.stage("open"):
            told = await tell_elements(party, np.array([party.point], np.uint64))
        return np.concatenate([told[point] for point in sorted(told)])


class TossCoin:
    """Every member takes 61 bits of the coin."""

    needs_verification = False

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        return self.compute

    async def compute(self, party: Party) -> NDArray[np.uint64]:
        return np.frombuffer(await toss_coin(party), "<u8")[:1] >> np.uint64(3)


@pytest.mark.parametrize("members", [4, 5])
def test_nobody_goes_on_with_what_others_did_not_hear(members: int) -> None:
    honest = run_together(TellAll(), {}, members=members)
    assert {tuple(heard.tolist()) for heard in honest.shares.values()} == {
        tuple(range(1, members + 1))
    }
    lie = adds(1, stage="open", to={2}, rounds=(0,))
    ended = run_together(TellAll(), {}, members=members, cheats={CHEAT: lie})
    assert not set(ended.shares) - {CHEAT}
    for point in (1, 2, 3):
        assert (ended.aborts[point].party, ended.aborts[point].code) == (NOBODY, "equivocation")


def test_nobody_goes_on_with_a_coin_of_their_own() -> None:
    """Another commitment and its nonce to one member: each hears a coin, but not the same."""
    honest = run_together(TossCoin(), {}, members=4)
    assert len({int(coin[0]) for coin in honest.shares.values()}) == 1
    ended = run_together(TossCoin(), {}, members=4, cheats={CHEAT: two_nonces})
    assert not set(ended.shares) - {CHEAT}
    assert {ended.aborts[point].code for point in (1, 2, 3)} == {"equivocation"}


def two_nonces(stage: Stage, before: int, sent: Sent) -> Sent:
    """To member 2 another commitment in the first round, and its nonce in the second."""
    other = bytes(primitives.SEED_BYTES)
    told = {0: primitives._commitment(CHEAT, other), 1: other}
    return {**sent, 2: told[before]} if stage == "check" and before in told else sent
