"""Random tables for a join, as a worker is handed them, and what their sums are in plain Python."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from crypto.mpc.programs.join_arguments import (
    CODE_BITS,
    UNIT,
    Column,
    Factor,
    JoinArguments,
    Output,
    Table,
)

Row = tuple[int, ...]
People = Mapping[str, Row]
"""From id to one code for each column."""


def blocks_of(people: People, columns: int) -> list[bytes]:
    """The secret blocks of a table."""
    ids = b"".join(hashlib.sha256(person.encode()).digest() for person in people)
    codes = [np.array([row[c] for row in people.values()], "<u2") for c in range(columns)]
    return [ids, *(column.tobytes() for column in codes)]


@dataclass(frozen=True)
class JoinCase:
    """Two tables and what is asked of them."""

    arguments: JoinArguments
    left: People
    right: People

    @property
    def blocks(self) -> dict[int, list[bytes]]:
        left, right = self.arguments.left, self.arguments.right
        return {
            left.point: blocks_of(self.left, len(left.columns)),
            right.point: blocks_of(self.right, len(right.columns)),
        }

    def plain(self) -> list[int]:
        """Every output, computed on aligned rows in the clear."""
        both = self.left.keys() & self.right.keys()
        return [
            sum(self._product(output.factors, person) for person in both)
            for output in self.arguments.outputs
        ]

    def _product(self, factors: Sequence[Factor], person: str) -> int:
        product = 1
        for side, place in factors:
            if side == "match":
                product *= UNIT
                continue
            table = self.arguments.left if side == "left" else self.arguments.right
            row = (self.left if side == "left" else self.right)[person]
            code = row[place]
            product *= 2 * code - UNIT if table.columns[place].bits == CODE_BITS else code * UNIT
        return product


@st.composite
def join_cases(draw: st.DrawFn) -> JoinCase:
    """Few rows and columns of every kind, in any order of the three points."""
    left_point, right_point, _ = draw(st.permutations([1, 2, 3]))
    sides = {}
    for name, point in (("left", left_point), ("right", right_point)):
        columns = draw(st.lists(st.sampled_from([16, 1, 0]), max_size=3))
        # 0: two levels of one group.
        flat = [
            Column(bits or 1, group)
            for group, bits in enumerate(columns)
            for _ in range(1 if bits else 2)
        ]
        people = draw(st.lists(st.integers(0, 12), unique=True, max_size=8))
        rows = {f"person {person}": _row(draw, flat) for person in people}
        capacity = draw(st.integers(max(1, len(people)), 10))
        sides[name] = (Table(point, capacity, tuple(flat)), rows)
    tables = {name: table for name, (table, _) in sides.items()}
    outputs = _outputs(draw, tables)
    law = draw(st.sampled_from(["gaussian", "laplace"]))
    arguments = JoinArguments(law, tables["left"], tables["right"], outputs)
    return JoinCase(arguments, sides["left"][1], sides["right"][1])


def _row(draw: st.DrawFn, columns: Sequence[Column]) -> Row:
    row: list[int] = []
    taken: set[int] = set()
    for column in columns:
        if column.bits == CODE_BITS:
            row.append(draw(st.sampled_from([0, 1, 2**15, UNIT]) | st.integers(0, UNIT)))
            continue
        bit = 0 if column.group in taken else draw(st.integers(0, 1))
        if bit:
            taken.add(column.group)
        row.append(bit)
    return tuple(row)


def _outputs(draw: st.DrawFn, tables: Mapping[str, Table]) -> tuple[Output, ...]:
    factors: list[Factor] = [("match", 0)]
    factors += [("left", place) for place in range(len(tables["left"].columns))]
    factors += [("right", place) for place in range(len(tables["right"].columns))]
    # Every column is asked of at least once; what comes second is free.
    asked = [[factor] for factor in factors] + [
        [draw(st.sampled_from(factors)), draw(st.sampled_from(factors))]
        for _ in range(draw(st.integers(0, 4)))
    ]
    return tuple(Output(tuple(each), draw(st.sampled_from([16, 2**40]))) for each in asked)
