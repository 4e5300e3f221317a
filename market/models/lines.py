"""Linear and logistic regression, as scikit-learn has them: coefficients by term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.models.rows import Records, columns_in, rows_of
from market.plan.expression import Expression
from market.plan.schema import Schema
from market.plan.statistics.terms import Term
from market.tables.table import Floats, Table


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A number in each row: the intercept, and each term times its coefficient.

    Attributes:
        coef_: of each term; of one that the noise left out, 0.
        standard_errors_: of the intercept, then of each term, sample and noise together; NaN
            where there is none.
    """

    schema: Schema
    target: Expression
    terms: tuple[Term, ...]
    intercept_: float
    coef_: Floats
    standard_errors_: Floats

    @property
    def feature_names_in_(self) -> list[str]:
        """The owner's columns that rows must have."""
        return columns_in(*(term.of for term in self.terms))

    def get_feature_names_out(self) -> list[str]:
        """Names of the terms, as `coef_` has them: a level of a key is one."""
        return [term.name for term in self.terms]

    def _along(self, table: Table | Records) -> Floats:
        rows = rows_of(table, self.feature_names_in_, self.schema)
        numbers = np.array([rows.numbers(term.of) for term in self.terms])
        return np.asarray(self.intercept_ + self.coef_ @ numbers)

    def _truth(self, table: Table | Records, y: Sequence[float] | Floats | None) -> Floats:
        if y is not None:
            return np.asarray(y, dtype=np.float64)
        return rows_of(table, columns_in(self.target), self.schema).numbers(self.target)


class LinearModel(Line):
    """A linear regression."""

    __slots__ = ()

    def predict(self, table: Table | Records) -> Floats:
        """The target that is expected in each row, in the owner's unit: float64[rows]."""
        return self._along(table)

    def score(self, table: Table | Records, y: Sequence[float] | Floats | None = None) -> float:
        """R² of the predictions on the buyer's own rows.

        Args:
            y: the target in each row; else it is a column of the table, too.
        """
        truth, predicted = self._truth(table, y), self.predict(table)
        known = ~np.isnan(truth + predicted)
        left = np.sum((truth - predicted)[known] ** 2)
        return float(1 - left / np.sum((truth[known] - truth[known].mean()) ** 2))


class LogisticModel(Line):
    """A logistic regression, fitted to the second order of the likelihood."""

    __slots__ = ()

    @property
    def classes_(self) -> NDArray[np.bool_]:
        """False and True: whether the condition holds."""
        return np.array([False, True])

    def decision_function(self, table: Table | Records) -> Floats:
        """The log-odds in each row: float64[rows]."""
        return self._along(table)

    def predict_proba(self, table: Table | Records) -> Floats:
        """How likely the condition fails, and holds: float64[rows, 2]."""
        # The half-angle form of 1 / (1 + e^-t), which no t overflows.
        holds = (1 + np.tanh(self._along(table) / 2)) / 2
        return np.stack([1 - holds, holds], axis=1)

    def predict(self, table: Table | Records) -> NDArray[np.bool_]:
        """Whether the condition holds, where that is the likelier: bool[rows]."""
        return self._along(table) > 0

    def score(self, table: Table | Records, y: Sequence[bool] | Floats | None = None) -> float:
        """The part of the buyer's own rows that are predicted rightly.

        Args:
            y: whether the condition holds in each row; else its columns are the table's, too.
        """
        truth, log_odds = self._truth(table, y), self._along(table)
        known = ~np.isnan(truth + log_odds)
        return float(np.mean((truth > 0.5)[known] == (log_odds > 0)[known]))
