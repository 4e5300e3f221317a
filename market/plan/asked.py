"""A question that a program has asked: a statistic of some rows, not opened yet.

    ds["visits"].mean().weighted(3)             with three shares of the job's rho
    women.mean() - men.mean()                   how far one is above the other, with its error

Rules: plan-share, plan-difference; and those of the lowering, checked where it is written.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from market.errors import Refused
from market.plan.plan import MAXIMUM_SHARE
from market.plan.refusals import WithoutArithmetic, WithoutItems
from market.plan.rows import Rows
from market.plan.schema import Schema
from market.plan.statistics import Difference, Plain, Statistic
from market.plan.statistics.contract import ALL_ROWS

_PLAN_DIRECTORY = str(Path(__file__).parent)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AskedStatistic(WithoutArithmetic, WithoutItems):
    """A statistic that was asked for; `origin` is the file and line of the program."""

    schema: Schema
    statistic: Statistic
    share: int
    origin: tuple[str, int]

    def weighted(self, share: int) -> AskedStatistic:
        """The same question with `share` parts of the job's rho instead of 1."""
        if type(share) is not int or not 1 <= share <= MAXIMUM_SHARE:
            raise Refused(
                "plan-share",
                f"A share is {share!r:.40}, expected a whole number from 1 to {MAXIMUM_SHARE}.",
                "Give the statistics that matter more a larger share.",
            )
        return replace(self, share=share)

    # Of questions that is the whole arithmetic: everything else is computed from answers.
    def __sub__(self, other: object) -> AskedStatistic:  # type: ignore[override]
        """How far it is above another question of the same kind, number by number."""
        if not isinstance(other, AskedStatistic):
            raise _not_comparable(type(other).__name__)
        if isinstance(self.statistic, Difference) or isinstance(other.statistic, Difference):
            raise _not_comparable("a difference")
        return _asked(Difference(self.statistic, other.statistic), self.schema)

    def _operated(self, *_arguments: object) -> NoReturn:
        raise Refused(
            "plan-operation",
            f"The {self.statistic.words} is not opened yet: nothing is computed with it here.",
            "Compute with the answer, or ask for what you mean: mean() is a sum by the number of "
            'rows, percentage() is of a hundred, (100 * ds["column"]).mean() is scaled.',
        )

    __abs__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _operated

    def __repr__(self) -> str:
        return f"a {self.statistic.tag} that is not opened yet"


def ask(statistic: Plain, schema: Schema, rows: Rows) -> AskedStatistic:
    """A question of some rows, checked by lowering it at once: the refusal then names this line.

    Raises:
        Refused: `plan-...`.
    """
    return _asked(rows.asked(statistic), schema)


def _asked(statistic: Statistic, schema: Schema) -> AskedStatistic:
    statistic.over(ALL_ROWS, schema)
    return AskedStatistic(schema, statistic, 1, _origin())


def _origin() -> tuple[str, int]:
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_PLAN_DIRECTORY):
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 0)


def _not_comparable(seen: str) -> Refused:
    return Refused(
        "plan-difference",
        f"A question can be subtracted from a question, not from or by {seen:.60}.",
        "Subtract the same statistic of other rows; compute further with the answers.",
    )
