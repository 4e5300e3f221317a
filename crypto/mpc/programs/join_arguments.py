"""What members of a join agree on in public: two tables, and sums over the people in both.

    {"law": "gaussian",
     "left":  {"point": 1, "capacity_rows": 1000, "columns": [[16, 0], [1, 1], [1, 1]]},
     "right": {"point": 3, "capacity_rows": 2000, "columns": [[1, 0]]},
     "outputs": [{"factors": [["match", 0]], "scale_squared": "16"},
                 {"factors": [["left", 0], ["right", 0]], "scale_squared": "4096"}]}

A column is [bits, group]: 16 bits hold a code c, whose value is 2c - U with U = 2^16 - 1; one bit b
has the value b U. Of the one-bit columns of a group a row has a 1 in at most one. The match counts
U for whoever is in both tables. An output is the sum, over the people in both, of the product of
its one or two factors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from crypto.canonical import Json
from crypto.errors import FormatError
from crypto.joint_noise import MOST_OUTPUTS, Law
from crypto.mpc.programs.arguments import as_integer, as_law, as_scale_squared, members_of

MEMBERS: Final = 3
CODE_BITS: Final = 16
UNIT: Final = 2**CODE_BITS - 1
MOST_ROWS: Final = 1 << 24
MOST_COLUMNS: Final = 1 << 12
MOST_CELLS: Final = 1 << 26
"""Bits of one table, its capacity full: the helper keeps eight bytes for each of the left one's."""

Side = Literal["left", "right"]
Factor = tuple[Literal["match", "left", "right"], int]
"""A column by its place from 0; the match has the place 0."""
MATCH: Final[Factor] = ("match", 0)


@dataclass(frozen=True, slots=True)
class Column:
    """`bits` is 16 of a number, 1 of anything else."""

    bits: int
    group: int


@dataclass(frozen=True, slots=True)
class Table:
    """One member's table: at most `capacity_rows`, and always as many for the others to see."""

    point: int
    capacity_rows: int
    columns: tuple[Column, ...]

    @property
    def bits(self) -> int:
        """Of all columns together."""
        return sum(column.bits for column in self.columns)

    def bits_of(self, place: int) -> slice:
        """Where the column's bits stand among all bits."""
        start = sum(column.bits for column in self.columns[:place])
        return slice(start, start + self.columns[place].bits)

    def groups(self) -> Iterator[list[int]]:
        """The bits, by their places, of which a row has at most one; groups of several only."""
        found: dict[int, list[int]] = {}
        for place, column in enumerate(self.columns):
            if column.bits == 1:
                found.setdefault(column.group, []).append(self.bits_of(place).start)
        return (places for places in found.values() if len(places) > 1)


@dataclass(frozen=True, slots=True)
class Output:
    """A sum of products of one or two factors, and the scale of the honest members' noise on it."""

    factors: tuple[Factor, ...]
    scale_squared: int

    @property
    def is_count(self) -> bool:
        """Whether it only counts who is in both."""
        return all(factor == MATCH for factor in self.factors)


@dataclass(frozen=True, slots=True)
class JoinArguments:
    """All of it; the member that is neither left nor right helps."""

    law: Law
    left: Table
    right: Table
    outputs: tuple[Output, ...]

    @property
    def helper(self) -> int:
        """The point of the member without a table."""
        (point,) = {1, 2, 3} - {self.left.point, self.right.point}
        return point

    def to_json(self) -> Json:
        """The canonical JSON value."""
        return {
            "law": self.law,
            "left": _table_json(self.left),
            "right": _table_json(self.right),
            "outputs": [
                {
                    "factors": [list(factor) for factor in output.factors],
                    "scale_squared": str(output.scale_squared),
                }
                for output in self.outputs
            ],
        }


def read_arguments(value: Json) -> JoinArguments:
    """The arguments that `to_json` wrote.

    Raises:
        FormatError: anything else; two tables at one member; more than a session can hold; columns
            of which no output asks.
    """
    law, left_json, right_json, outputs_json = members_of(value, "law", "left", "right", "outputs")
    left, right = _table(left_json), _table(right_json)
    if left.point == right.point:
        raise FormatError("both tables are one member's")
    if not isinstance(outputs_json, list) or not 1 <= len(outputs_json) <= MOST_OUTPUTS:
        raise FormatError(f"outputs are no list of 1 to {MOST_OUTPUTS}")
    tables = {"left": left, "right": right}
    outputs = tuple(_output(output, tables) for output in outputs_json)
    used = {factor for output in outputs for factor in output.factors} - {MATCH}
    # What nobody asks of stays at home.
    if len(used) != len(left.columns) + len(right.columns):
        raise FormatError("a column is dealt of which no output asks")
    return JoinArguments(as_law(law), left, right, outputs)


def _table_json(table: Table) -> Json:
    return {
        "point": table.point,
        "capacity_rows": table.capacity_rows,
        "columns": [[column.bits, column.group] for column in table.columns],
    }


def _table(value: Json) -> Table:
    point, capacity, columns_json = members_of(value, "point", "capacity_rows", "columns")
    if not isinstance(columns_json, list) or len(columns_json) > MOST_COLUMNS:
        raise FormatError(f"columns are no list of at most {MOST_COLUMNS}")
    columns = tuple(_column(column) for column in columns_json)
    table = Table(as_integer(point, 1, MEMBERS), as_integer(capacity, 1, MOST_ROWS), columns)
    if table.bits * table.capacity_rows > MOST_CELLS:
        raise FormatError(
            f"{table.bits} bits of {table.capacity_rows} rows are over {MOST_CELLS} cells"
        )
    return table


def _column(value: Json) -> Column:
    if not isinstance(value, list) or len(value) != 2 or value[0] not in (1, CODE_BITS):
        raise FormatError(f"a column is not [1 or {CODE_BITS}, group]")
    return Column(as_integer(value[0], 1, CODE_BITS), as_integer(value[1], 0, MOST_COLUMNS))


def _output(value: Json, tables: dict[str, Table]) -> Output:
    factors, scale = members_of(value, "factors", "scale_squared")
    if not isinstance(factors, list) or not 1 <= len(factors) <= 2:
        raise FormatError("an output has not one or two factors")
    return Output(tuple(_factor(factor, tables) for factor in factors), as_scale_squared(scale))


def _factor(value: Json, tables: dict[str, Table]) -> Factor:
    if not isinstance(value, list) or len(value) != 2:
        raise FormatError("a factor is not [side, column]")
    if value[0] == "match":
        return ("match", as_integer(value[1], 0, 0))
    if value[0] == "left":
        return ("left", as_integer(value[1], 0, len(tables["left"].columns) - 1))
    if value[0] == "right":
        return ("right", as_integer(value[1], 0, len(tables["right"].columns) - 1))
    raise FormatError("a factor is of neither side, nor the match")
