"""The members' reader of a plan over a join: which columns are dealt, and what is summed of them.

A moment of the joint table is a product of columns, each of which is one member's; the row's
validity is that the person is in both. So every moment is a sum the join's program knows
(crypto.mpc.programs.join_arguments), and what no moment asks of stays at home.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crypto.canonical import Json
from market.plan.factors import Factor, Moment, Product, Validity
from market.plan.plan import NoiseLaw
from market.records.agreement import Agreement
from market.tables.join_columns import JoinColumns, bits_of

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
"""The first and the second of a proposal's schemas."""
_MATCH: Json = ["match", 0]


@dataclass(frozen=True, slots=True)
class JoinQuestion:
    """The sums of one run.

    Attributes:
        asked: every moment, and sigma^2 or b^2 of the honest members' noise on it.
        columns: at each side, what is asked of its table, in the order it is dealt in.
    """

    agreement: Agreement
    law: NoiseLaw
    asked: tuple[tuple[Moment, int], ...]
    columns: tuple[tuple[Factor, ...], tuple[Factor, ...]]

    @property
    def cells(self) -> tuple[int, int]:
        """How many bits each side deals, its capacity full."""
        schemas = self.agreement.proposal.schemas
        left, right = (
            sum(map(bits_of, columns)) * schema.capacity_rows
            for columns, schema in zip(self.columns, schemas, strict=True)
        )
        return left, right

    def arguments(self) -> Json:
        """The program's public arguments."""
        tables = {side: self._table(place) for place, side in enumerate(SIDES)}
        outputs: Json = [
            {
                "factors": [self._factor(factor) for factor in moment],
                "scale_squared": str(scale_squared),
            }
            for moment, scale_squared in self.asked
        ]
        return {"law": self.law, **tables, "outputs": outputs}

    def _table(self, place: int) -> Json:
        agreement = self.agreement
        (holder,) = (member for member in agreement.members if member.table == place)
        return {
            "point": agreement.point_of(holder.agent),
            "capacity_rows": agreement.proposal.schemas[place].capacity_rows,
            "columns": _columns_json(self.columns[place]),
        }

    def _factor(self, factor: Factor) -> Json:
        if isinstance(factor, Validity):
            return _MATCH
        for side, columns in zip(SIDES, self.columns, strict=True):
            if factor in columns:
                return [side, columns.index(factor)]
        raise LookupError(f"{factor.id} is in neither table")


def join_question(
    agreement: Agreement, law: NoiseLaw, asked: Sequence[tuple[Moment, int]]
) -> JoinQuestion:
    """What a join's members compute for these moments, each with its scale squared."""
    first = {column.name for column in agreement.proposal.schemas[0].columns}
    left: dict[Factor, None] = {}
    right: dict[Factor, None] = {}
    for moment, _ in asked:
        for factor in moment:
            # A joint schema declares no products: every factor but the match is a table's column.
            if not isinstance(factor, Validity | Product):
                (left if factor.column in first else right)[factor] = None
    return JoinQuestion(agreement, law, tuple(asked), (tuple(left), tuple(right)))


def secret_blocks(table: JoinColumns) -> list[bytes]:
    """A member's rows as the program reads them: people by SHA-256, then column by column."""
    people = b"".join(hashlib.sha256(person.encode()).digest() for person in table.people)
    return [people, *(np.ascontiguousarray(cells, "<u2").tobytes() for cells in table.columns)]


def _columns_json(columns: Sequence[Factor]) -> Json:
    """Bits, and the group: levels of one column exclude each other, all else stands alone."""
    groups: dict[str, int] = {}
    return [[bits_of(factor), groups.setdefault(factor.family, len(groups))] for factor in columns]
