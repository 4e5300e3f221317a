"""The three roles of a join until the rows are dealt: who sends what to whom, and in which order.

Every member goes through the same rounds, and then deals the same blocks of rows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from crypto.mpc import field, sharing
from crypto.mpc.field import Elements
from crypto.mpc.party import Party
from crypto.mpc.primitives import PIECE_ELEMENTS, Sizes, send
from crypto.mpc.programs.join_arguments import JoinArguments
from crypto.mpc.programs.join_matching import (
    KEY_BYTES,
    NOBODY,
    TAG_ELEMENTS,
    PersonKeys,
    Places,
    RepeatedTag,
    match,
    secret_order,
)
from crypto.mpc.programs.join_table import OwnTable
from crypto.secret import Secret

Deal = Callable[[slice], Elements | None]
"""What a member deals of some rows of the right one's order; None: nothing."""


class Rounds:
    """The rounds that all three take part in, each with its own to say."""

    def __init__(self, party: Party, arguments: JoinArguments) -> None:
        self.party = party
        self.left, self.right = arguments.left, arguments.right
        self.helper = arguments.helper
        self.stream = sharing.ElementStream(Secret(party.entropy(sharing.KEY_BYTES)))

    async def key(self, own: bytes | None) -> Secret:
        """The key that left and right share: its own at the left one, empty at the helper."""
        to_right = {self.right.point: own} if own else {}
        awaited = {self.left.point: KEY_BYTES} if self.party.point == self.right.point else {}
        received = await self.party.exchange(to_right, awaited)
        return Secret(own or received.get(self.left.point, b""))

    async def tags(self, own: Elements | None) -> dict[int, Elements]:
        """Both sides' tags at the helper, uint64[capacity][2] by point; nothing elsewhere."""
        sizes = {
            (table.point, self.helper): table.capacity_rows * TAG_ELEMENTS
            for table in (self.left, self.right)
        }
        received = await self._to_helper(sizes, own)
        return {point: tags.reshape(-1, TAG_ELEMENTS) for point, tags in received.items()}

    async def cells(self, masked: Elements | None, bits: slice) -> Elements:
        """The left one's masked cells at the helper, uint64[bits][capacity]; nothing elsewhere."""
        count = (bits.stop - bits.start) * self.left.capacity_rows
        received = await self._to_helper({(self.left.point, self.helper): count}, masked)
        cells = received.get(self.left.point, field.zeros(0))
        return cells.reshape(-1, self.left.capacity_rows)

    def bit_groups(self) -> list[slice]:
        """The left one's bits, as many at a time as one message carries."""
        step = max(1, PIECE_ELEMENTS // self.left.capacity_rows)
        return [
            slice(start, min(start + step, self.left.bits))
            for start in range(0, self.left.bits, step)
        ]

    async def _to_helper(self, sizes: Sizes, own: Elements | None) -> dict[int, Elements]:
        return await send(self.party, sizes, {} if own is None else {self.helper: own})


async def left_member(rounds: Rounds, table: OwnTable) -> Deal:
    """Give the cells away, masked, and deal nothing.

    Raises:
        SessionAborted: the session ended.
    """
    keys = PersonKeys(await rounds.key(rounds.party.entropy(KEY_BYTES)))
    order = secret_order(table.rows, rounds.left.capacity_rows, rounds.stream)
    await rounds.tags(in_order(keys.tags(table.people), order, rounds.stream))
    seeds = keys.mask_seeds(table.people)

    def hidden(bit: int) -> Elements:
        cells = table.bits[bit].astype(np.uint64)
        masked = field.subtract(cells, keys.mask(seeds, bit))
        return in_order(masked[:, None], order, rounds.stream)

    for bits in rounds.bit_groups():
        cells = np.concatenate([hidden(bit) for bit in range(bits.start, bits.stop)])
        await rounds.cells(cells, bits)
    return lambda _rows: None


async def right_member(rounds: Rounds, table: OwnTable) -> Deal:
    """Deal the own bits, and what masks the left one's cells wherever a row is one of theirs.

    Raises:
        SessionAborted: the session ended.
    """
    keys = PersonKeys(await rounds.key(None))
    order = secret_order(table.rows, rounds.right.capacity_rows, rounds.stream)
    await rounds.tags(in_order(keys.tags(table.people), order, rounds.stream))
    for bits in rounds.bit_groups():
        await rounds.cells(None, bits)
    seeds = keys.mask_seeds(table.people)
    left_bits = rounds.left.bits

    def deal(rows: slice) -> Elements:
        held = order[rows] != NOBODY
        people = order[rows][held]
        dealt = np.zeros((left_bits + rounds.right.bits, held.size), np.uint64)
        for bit in range(left_bits):
            dealt[bit, held] = keys.mask(seeds[people], bit)
        dealt[left_bits:, held] = table.bits[:, people]
        return dealt.reshape(-1)

    return deal


async def helper(rounds: Rounds) -> Deal:
    """Pair the tags, and deal who matches and the masked cells of those.

    Raises:
        SessionAborted: also when a member named a person twice.
    """
    await rounds.key(None)
    tags = await rounds.tags(None)
    cells = np.empty((rounds.left.bits, rounds.left.capacity_rows), np.uint64)
    for bits in rounds.bit_groups():
        cells[bits] = await rounds.cells(None, bits)
    try:
        found = match(tags[rounds.left.point], tags[rounds.right.point])
    except RepeatedTag as repeated:
        side = rounds.left if repeated.is_left else rounds.right
        rounds.party.accuse(side.point, "person-repeated", "two rows have one tag")

    def deal(rows: slice) -> Elements:
        places = found[rows]
        matched = places != NOBODY
        dealt = np.zeros((1 + rounds.left.bits, places.size), np.uint64)
        dealt[0] = matched
        dealt[1:, matched] = cells[:, places[matched]]
        return dealt.reshape(-1)

    return deal


def in_order(rows: NDArray[np.uint64], order: Places, stream: sharing.ElementStream) -> Elements:
    """uint64[rows][n] at their places, random elements where there is no row, as one vector."""
    width = rows.shape[1]
    placed = stream.draw(order.size * width).reshape(-1, width)
    held = order != NOBODY
    placed[held] = rows[order[held]]
    return placed.reshape(-1)
