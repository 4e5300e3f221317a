"""Random tables for a join, as a worker is handed them, and what their sums are in plain Python."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from crypto.mpc.programs.join_arguments import (
    CODE_BITS,
    MATCH,
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


def a_join(rows: int = 20) -> JoinCase:
    """Numbers and levels at both, a third of the people in common; every kind of output."""
    columns = (Column(16, 0), Column(1, 1), Column(1, 1))
    outputs = tuple(
        Output(factors, 16)
        for factors in (
            (MATCH,),
            (("left", 0),),
            (("right", 0),),
            (("left", 0), ("right", 0)),
            (("left", 1), ("right", 2)),
            (("left", 2), ("right", 1)),
            (("left", 0), ("left", 0)),
            (("right", 0), ("right", 0)),
            (MATCH, ("right", 1)),
        )
    )
    arguments = JoinArguments(
        "gaussian", Table(1, rows + 3, columns), Table(3, rows + 1, columns), outputs
    )
    code = np.random.default_rng(5).integers(0, 2**16, 4 * rows).tolist()
    left = {f"p{i}": (code[i], i % 2, (i + 1) % 2) for i in range(rows)}
    right = {f"p{i}": (code[-i], 0, i % 2) for i in range(2 * rows // 3, 2 * rows // 3 + rows)}
    return JoinCase(arguments, left, right)


def a_count(rows: int = 20) -> JoinCase:
    """How many people are in both of two tables without columns: half of each."""
    arguments = JoinArguments(
        "gaussian", Table(2, rows, ()), Table(1, rows + 9, ()), (Output((MATCH,), 16),)
    )
    left = dict.fromkeys((f"p{i}" for i in range(rows)), ())
    right = dict.fromkeys((f"p{i}" for i in range(rows // 2, rows // 2 + rows)), ())
    return JoinCase(arguments, left, right)


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
