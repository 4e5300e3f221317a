"""Sums over people who are in two members' tables, with a third member who helps.

What each member sees: nobody sees another's cell, and neither of the two with tables learns who is
in both. The helper sees how many are, as pseudonyms; not how many people a table has, for tables
are filled up to their capacity. What comes out are shares of noised sums.

    1. left -> right     a key; the helper never gets it
    2. both -> helper    a tag for each row; the left one's cells, masked (join_matching)
    3. all deal          e and the left one's masked cells (helper), their masks and its own bits
                         (right), in blocks of rows in the right one's order; noise (all)
    4. all compute       products, proofs that every factor is in its range, sums (join_sums)

Ranges are why a session is verified: an out-of-range factor, a match that counts a thousandfold, a
cell of 2^40, would open another member's row through the noise. A count alone multiplies nobody's
secret with another's, and may run unverified: the helper could as well add a number to it.

A member who cheats learns one bit at most, from whether the session ends: a wrong mask, cell or
match at one row ends it, or does not, by what this row holds. The charge is made before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from crypto.canonical import Json
from crypto.errors import FormatError, ParameterError
from crypto.joint_noise import joint_noise
from crypto.mpc import field
from crypto.mpc.field import Elements
from crypto.mpc.noise import draw_noise
from crypto.mpc.party import Party, Place
from crypto.mpc.primitives import share
from crypto.mpc.program import Computation, Entropy
from crypto.mpc.programs.join_arguments import MEMBERS, JoinArguments, read_arguments
from crypto.mpc.programs.join_rows import Deal, Rounds, helper, left_member, right_member
from crypto.mpc.programs.join_sums import Dealt, Sums
from crypto.mpc.programs.join_table import OwnTable, read_table
from crypto.mpc.verified import Verification
from crypto.noise import NOISE_KEY_BYTES

BLOCK_ELEMENTS = 1 << 21


@dataclass(frozen=True, slots=True)
class Join:
    """Sums over an intersection (crypto.mpc.program.Program)."""

    arguments: JoinArguments

    @property
    def needs_verification(self) -> bool:
        """Whether an output multiplies what two members dealt: all but counts do."""
        return not all(output.is_count for output in self.arguments.outputs)

    def prepare(self, place: Place, blocks: Sequence[bytes], entropy: Entropy) -> Computation:
        """Read this member's table, and draw its noise.

        Raises:
            FormatError: blocks that are no table of the agreed columns.
            ParameterError: not three members, more rows than the capacity, too wide noise, or an
                unverified session of what needs verification.
        """
        self._check(place)
        table = self._table(place, blocks)
        return partial(self._compute, table, self._noise(place, entropy))

    async def _compute(self, table: OwnTable | None, noise: Elements, party: Party) -> Elements:
        counts = dict.fromkeys(range(1, party.members + 1), noise.size)
        noises = await share(party, counts, noise)
        deal = await self.pair(Rounds(party, self.arguments), table)
        verification = await Verification.start(party) if party.is_verified else None
        sums = Sums(self.arguments, party, verification)
        for start in range(0, self.arguments.right.capacity_rows, self._block_rows):
            await sums.take(await self._deal_block(party, deal, start))
        together = np.stack([await sums.finish(), *noises.values()])
        return field.weighted(together, [1] * len(together))

    async def pair(self, rounds: Rounds, table: OwnTable | None) -> Deal:
        """This member's part in pairing the rows, and what it deals of them.

        Raises:
            SessionAborted: the session ended.
        """
        if table is None:
            return await helper(rounds)
        if rounds.party.point == self.arguments.left.point:
            return await left_member(rounds, table)
        return await right_member(rounds, table)

    def to_json(self) -> Json:
        """The public arguments."""
        return self.arguments.to_json()

    def _check(self, place: Place) -> None:
        if place.members != MEMBERS:
            raise ParameterError(f"{place.members} members join, expected {MEMBERS}")
        if self.needs_verification and not place.is_verified:
            raise ParameterError("products between members' columns in an unverified session")

    def _table(self, place: Place, blocks: Sequence[bytes]) -> OwnTable | None:
        for table in (self.arguments.left, self.arguments.right):
            if place.point == table.point:
                return read_table(blocks, table)
        if blocks:
            raise FormatError(f"{len(blocks)} blocks at a member who helps, expected none")
        return None

    @property
    def _block_rows(self) -> int:
        bits = self.arguments.left.bits + self.arguments.right.bits
        return max(1, BLOCK_ELEMENTS // (1 + bits))

    async def _deal_block(self, party: Party, deal: Deal, start: int) -> Dealt:
        """Shares of the block of rows that begins at `start`."""
        left, right = self.arguments.left, self.arguments.right
        stop = min(start + self._block_rows, right.capacity_rows)
        count = stop - start
        counts = {
            self.arguments.helper: count * (1 + left.bits),
            right.point: count * (left.bits + right.bits),
        }
        dealt = await share(party, counts, deal(slice(start, stop)))
        helped, own = dealt[self.arguments.helper], dealt[right.point]
        masked, masks = helped[count:], own[: count * left.bits]
        return Dealt(
            np.ascontiguousarray(helped[:count]),
            field.add(masked, masks).reshape(left.bits, count),
            own[count * left.bits :].reshape(right.bits, count),
        )

    def _noise(self, place: Place, entropy: Entropy) -> Elements:
        law = self.arguments.law
        noises = [
            joint_noise(law, output.scale_squared, members=place.members, threshold=place.threshold)
            for output in self.arguments.outputs
        ]
        drawn = draw_noise(noises, point=place.point, entropy=entropy(NOISE_KEY_BYTES))
        return field.from_signed(drawn)


def make_join(arguments: Json) -> Join:
    """The program of its public arguments.

    Raises:
        FormatError: other arguments than it takes.
    """
    return Join(read_arguments(arguments))
