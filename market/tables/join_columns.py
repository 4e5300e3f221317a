"""What a member of a join hands to its worker: people by their normal ids, and columns as integers.

A cell becomes what can be dealt bit by bit and proved to lie in its range: a code of 16 bits for a
number in [-1, 1], one bit for a truth or for a level. The value that is computed with is
2 code - (2^16 - 1) for a number, and the bit times 2^16 - 1 otherwise: between them -1 and 1 are
mapped to equal sizes, so a factor is at most 2^16 - 1 whatever its cell says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.plan.factors import Factor, Numeric
from market.tables.coded_rows import CodedRows

CODE_BITS = 16
LARGEST_CODE = 2**CODE_BITS - 1

Cells = NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JoinColumns:
    """One row a person, in the table's order.

    Attributes:
        people: normal ids (market.tables.person), each once.
        columns: uint16[people] for every factor asked for, in that order.
    """

    people: tuple[str, ...]
    columns: tuple[Cells, ...]

    def blocks(self) -> tuple[bytes, ...]:
        """As the program reads them (crypto.mpc.programs.join_table): people, then each column.

        People are told by SHA-256: what a normal id looks like is no matter of the program's.
        """
        people = b"".join(hashlib.sha256(person.encode()).digest() for person in self.people)
        return (people, *(column.astype("<u2").tobytes() for column in self.columns))


def join_columns(
    factors: Sequence[Factor], batches: Iterable[tuple[CodedRows, Sequence[str]]]
) -> JoinColumns:
    """The columns of `factors`, over rows that stay and whose they are."""
    people: list[str] = []
    parts: list[list[Cells]] = [[] for _ in factors]
    for rows, owners in batches:
        people.extend(owners)
        for part, factor in zip(parts, factors, strict=True):
            part.append(code_cells(rows, factor))
    none = np.zeros(0, dtype=np.uint16)
    return JoinColumns(tuple(people), tuple(np.concatenate([none, *part]) for part in parts))


def code_cells(rows: CodedRows, factor: Factor) -> Cells:
    """One column as codes: 0 to LARGEST_CODE of a number, 0 or 1 of anything else."""
    encoded = rows.encoded(factor)
    if isinstance(factor, Numeric):
        # Rounded half to even; the bounds are met exactly.
        encoded = np.rint((encoded + 1) / 2 * LARGEST_CODE)
    return encoded.astype(np.uint16)


def bits_of(factor: Factor) -> int:
    """How many bits a cell of the column has."""
    return CODE_BITS if isinstance(factor, Numeric) else 1
