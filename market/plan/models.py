"""The models that a program asks of rows; they are fitted at the buyer, from noised sums.

ds.linear_regression(target="visits", features=["age", "income", "sex"])
ds.covariance_matrix("age", "income")
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from market.plan.asked import AskedStatistic, ask
from market.plan.decimals import decimal_text
from market.plan.features import Features, features_refused, target_of, terms_of
from market.plan.quantity import Quantity
from market.plan.refusals import WithoutArithmetic
from market.plan.rows import Rows
from market.plan.schema import CategoricalColumn, Schema
from market.plan.statistics.correlation_matrix import CorrelationMatrix
from market.plan.statistics.covariance_matrix import CovarianceMatrix
from market.plan.statistics.linear_regression import LinearRegression
from market.plan.statistics.plain import Plain
from market.plan.statistics.terms import Term


class AsksModels(WithoutArithmetic):
    """Rows of which models can be asked."""

    __slots__ = ()
    schema: Schema
    rows: Rows

    def linear_regression(
        self, target: str | Quantity, features: Features, ridge: float | Decimal = 0
    ) -> AskedStatistic:
        """A line through the rows, with an intercept: coefficients, standard errors and R².

        Args:
            target: the number that is explained.
            features: names of columns, or expressions by name; a categorical column is its levels
                but the first.
            ridge: added to each feature's sum of squared deviations.
        """
        return self._model(
            lambda: LinearRegression(
                target_of(target, self.schema, self.rows),
                terms_of(features, self.schema, self.rows),
                _ridge(ridge),
            )
        )

    def covariance_matrix(self, *columns: str) -> AskedStatistic:
        """Variances and covariances of these columns, or of all that are numbers."""
        return self._model(lambda: CovarianceMatrix(self._numbers(columns)))

    def correlation_matrix(self, *columns: str) -> AskedStatistic:
        """Correlations of these columns with each other, or of all that are numbers."""
        return self._model(lambda: CorrelationMatrix(self._numbers(columns)))

    def _numbers(self, columns: tuple[str, ...]) -> tuple[Term, ...]:
        given = self.schema.columns
        numbers = [one.name for one in given if not isinstance(one, CategoricalColumn)]
        return terms_of(columns or numbers, self.schema, self.rows)

    def _model(self, statistic: Callable[[], Plain]) -> AskedStatistic:
        try:
            asked = statistic()
        except ValueError as error:
            raise features_refused(f"{error}") from error
        return ask(asked, self.schema, self.rows)


def _ridge(ridge: object) -> str:
    try:
        return decimal_text(Decimal(str(ridge)))
    except ArithmeticError as error:
        raise ValueError(
            f"a ridge that is {type(ridge).__name__:.60}, expected a number"
        ) from error
