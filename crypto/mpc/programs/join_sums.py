"""The sums of a join, block by block of rows: every factor checked, every product verified.

Of a block all members hold shares of e (1 where the row is in both tables), y (the left one's bits
where e is 1, anything elsewhere) and q (the right one's bits, in every row). Wires with doubles
(crypto.mpc.verified) are

    e            the match                                    its double a product with r
    w = e y      the left one's bits, 0 in unmatched rows     a product of e, its double of r e
    q            the right one's bits                         its double a product with r
    v = e z      of a right column that meets a right one     a product of e, its double of r e

and e, w, q are proved to be bits, the sums over groups of w and of q too: so a row's factor is at
most U in size whatever its member dealt, and a row has one level of a group. Factors are linear in
them: Σ 2^(k+1) w_k - U e of a left number, z = Σ 2^(k+1) q_k - U of a right one. As e e = e and
e w = w, the outputs are

    match              U Σ e                  linear
    left               Σ f                    linear
    right              Σ e z                  a product
    left with left     Σ f f'                 a product
    left with right    Σ f z                  a product
    right with right   Σ v z'                 a product

and U times that for each match among two factors. Products are added up in shares of degree 2t over
all blocks, and put back on degree t once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crypto.mpc import field
from crypto.mpc.field import Elements
from crypto.mpc.party import Party
from crypto.mpc.primitives import reshare
from crypto.mpc.programs.join_arguments import (
    CODE_BITS,
    MATCH,
    UNIT,
    JoinArguments,
    Output,
    Side,
    Table,
)
from crypto.mpc.verified import Verification
from crypto.shamir import PRIME

_CODE_WEIGHTS = [2 ** (place + 1) for place in range(CODE_BITS)]


@dataclass(frozen=True, slots=True, eq=False)
class Dealt:
    """A block's shares: e uint64[rows], y and q uint64[bits][rows]."""

    e: Elements
    y: Elements
    q: Elements


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """Shares of a vector, and of r times it."""

    value: Elements
    double: Elements


class Sums:
    """What the outputs come to over all blocks taken in so far."""

    def __init__(
        self, arguments: JoinArguments, party: Party, verification: Verification | None
    ) -> None:
        self._arguments = arguments
        self._party = party
        self._verification = verification
        outputs = arguments.outputs
        self._linear = [0] * len(outputs)
        self._products = [0] * len(outputs)
        self._doubles = [0] * len(outputs)
        # The right columns that are multiplied by the match for themselves.
        self._twice_right = sorted(
            {right[0] for output in outputs if len(right := _of("right", output)) == 2}
        )

    async def take(self, dealt: Dealt) -> None:
        """Add a block's rows to every output.

        Raises:
            SessionAborted: the session ended.
        """
        if self._verification is None:
            for place in range(len(self._linear)):
                self._linear[place] += field.total(dealt.e)
            return
        block = await self._block(dealt, self._verification)
        await self._verification.settle()
        for place, output in enumerate(self._arguments.outputs):
            self._add(place, output, block)

    async def finish(self) -> Elements:
        """Shares of all outputs, once everything was found right.

        Raises:
            SessionAborted: also when something was not.
        """
        sums = _vector(self._linear)
        if self._verification is not None:
            products, doubles = _vector(self._products), _vector(self._doubles)
            sums = field.add(sums, await self._verification.finish(products, doubles))
        units = [UNIT ** output.factors.count(MATCH) for output in self._arguments.outputs]
        return field.multiply(sums, _vector(units))

    async def _block(self, dealt: Dealt, verification: Verification) -> _Block:
        left, right = self._arguments.left, self._arguments.right
        e, y, q = dealt.e, dealt.y.reshape(-1), dealt.q.reshape(-1)
        rows = e.size
        first = await reshare(
            self._party,
            np.concatenate([verification.doubling(e), _by_rows(e, y), verification.doubling(q)]),
        )
        e_double, w, q_double = np.split(first, [rows, rows + y.size])
        plain = {place: _number(dealt.q, None, right, place) for place in range(len(right.columns))}
        z = np.concatenate([field.zeros(0), *(plain[place] for place in self._twice_right)])
        second = await reshare(
            self._party,
            np.concatenate([_by_rows(e_double, y), _by_rows(e, z), _by_rows(e_double, z)]),
        )
        w_double, v, v_double = np.split(second, [y.size, y.size + z.size])
        match, lefts, rights = Wire(e, e_double), Wire(w, w_double), Wire(q, q_double)
        verification.record_bits(match.value, match.double)
        _record_bits(verification, lefts, left, rows)
        _record_bits(verification, rights, right, rows)
        verification.record(v, v_double)
        matched = Wire(v.reshape(-1, rows), v_double.reshape(-1, rows))
        return _Block(
            match,
            {place: _left_factor(lefts, match, left, place) for place in range(len(left.columns))},
            plain,
            {
                place: Wire(matched.value[row], matched.double[row])
                for row, place in enumerate(self._twice_right)
            },
        )

    def _add(self, place: int, output: Output, block: _Block) -> None:
        lefts, rights = _of("left", output), _of("right", output)
        if output.is_count:
            self._linear[place] += field.total(block.match.value)
        elif not rights and len(lefts) == 1:
            self._linear[place] += field.total(block.left[lefts[0]].value)
        else:
            wire, other = block.factors(lefts, rights)
            self._products[place] += field.dot(wire.value, other)
            self._doubles[place] += field.dot(wire.double, other)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """A block's factors: of right columns also their plain values z, not yet times the match."""

    match: Wire
    left: dict[int, Wire]
    right: dict[int, Elements]
    matched_right: dict[int, Wire]

    def factors(self, lefts: list[int], rights: list[int]) -> tuple[Wire, Elements]:
        """The wire with a double and the plain sharing whose product an output sums up."""
        if not rights:
            return self.left[lefts[0]], self.left[lefts[1]].value
        if lefts:
            return self.left[lefts[0]], self.right[rights[0]]
        wire = self.match if len(rights) == 1 else self.matched_right[rights[0]]
        return wire, self.right[rights[-1]]


def _of(side: Side, output: Output) -> list[int]:
    return [place for whose, place in output.factors if whose == side]


def _left_factor(bits: Wire, match: Wire, table: Table, place: int) -> Wire:
    rows = match.value.size
    return Wire(
        _number(bits.value.reshape(-1, rows), match.value, table, place),
        _number(bits.double.reshape(-1, rows), match.double, table, place),
    )


def _number(bits: Elements, one: Elements | None, table: Table, place: int) -> Elements:
    """A column's value, 2c - U or b U, from its bits; `one` is what its constant is a multiple of,
    None for the number one in every row."""
    own = bits[table.bits_of(place)]
    if table.columns[place].bits == 1:
        return field.weighted(own, [UNIT])
    ones = np.ones_like(own[0]) if one is None else one
    return field.weighted(np.concatenate([own, ones[None]]), [*_CODE_WEIGHTS, -UNIT])


def _record_bits(verification: Verification, bits: Wire, table: Table, rows: int) -> None:
    verification.record_bits(bits.value, bits.double)
    values, doubles = bits.value.reshape(-1, rows), bits.double.reshape(-1, rows)
    for group in table.groups():
        ones = [1] * len(group)
        verification.record_bits(
            field.weighted(values[group], ones), field.weighted(doubles[group], ones)
        )


def _by_rows(row: Elements, several: Elements) -> Elements:
    """Each of the several rows, one after the other, times the one."""
    return field.multiply(np.tile(row, several.size // row.size), several)


def _vector(values: list[int]) -> Elements:
    return np.array([value % PRIME for value in values], np.uint64)
