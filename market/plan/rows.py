"""Which rows a question is of: all of them, those of a filter, each group's, or each group's of
those of a filter."""

from __future__ import annotations

from dataclasses import dataclass, replace

from market.plan.expression import Expression, Multiply
from market.plan.statistics import GroupBy, Plain, Where


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows where a condition holds, or all; by the levels of keys, or together."""

    where: Expression | None = None
    keys: tuple[str, ...] = ()

    def narrowed(self, condition: Expression) -> Rows:
        """Those of them in which another condition holds too."""
        both = condition if self.where is None else Multiply(self.where, condition)
        return replace(self, where=both)

    def asked(self, statistic: Plain) -> Plain | GroupBy | Where:
        """A statistic of these rows."""
        grouped = GroupBy(self.keys, statistic) if self.keys else statistic
        return grouped if self.where is None else Where(self.where, grouped)


ALL = Rows()
"""Every row of the table."""
