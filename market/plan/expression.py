"""What is asked about, as frozen nodes with frozen tags: no I/O, no floats.

    Expression   Column | Constant | Level | Add | Multiply

A tag is never reused for another meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.plan.decimals import fraction_of


@dataclass(frozen=True, slots=True)
class Column:
    """A numeric or boolean column."""

    name: str
    tag: Literal["column"] = "column"


@dataclass(frozen=True, slots=True)
class Constant:
    """A public number, as a decimal string."""

    value: str
    tag: Literal["constant"] = "constant"

    def __post_init__(self) -> None:
        fraction_of(self.value)


@dataclass(frozen=True, slots=True)
class Level:
    """1 where a categorical column has the level, else 0."""

    column: str
    level: str
    tag: Literal["level"] = "level"


@dataclass(frozen=True, slots=True)
class Add:
    left: Expression
    right: Expression
    tag: Literal["add"] = "add"


@dataclass(frozen=True, slots=True)
class Multiply:
    left: Expression
    right: Expression
    tag: Literal["multiply"] = "multiply"


Expression = Column | Constant | Level | Add | Multiply
