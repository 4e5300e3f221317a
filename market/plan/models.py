"""The models that a program asks of rows; they are fitted at the buyer, from noised sums.

ds.linear_regression(target="visits", features=["age", "income", "sex"])
ds.covariance_matrix("age", "income")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from market.plan.asked import AskedStatistic, ask
from market.plan.decimals import decimal_text
from market.plan.features import Features, features_refused, name_of, names_of, target_of, terms_of
from market.plan.quantity import Quantity
from market.plan.refusals import WithoutArithmetic
from market.plan.rows import Rows
from market.plan.schema import BooleanColumn, NumericColumn, Schema
from market.plan.statistics.correlation_matrix import CorrelationMatrix
from market.plan.statistics.covariance_matrix import CovarianceMatrix
from market.plan.statistics.linear_regression import LinearRegression
from market.plan.statistics.logistic_regression import LogisticRegression
from market.plan.statistics.naive_bayes import NaiveBayes
from market.plan.statistics.plain import Plain
from market.plan.statistics.principal_components import PrincipalComponents
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

    def logistic_regression(self, target: str | Quantity, features: Features) -> AskedStatistic:
        """The log-odds of a condition as a line through the features.

        An approximation: the likelihood is expanded to the second order where no feature tells
        anything. It is close while the features tell little, and small where they tell much.

        Args:
            target: a boolean column, or a condition such as ds["health"] == "poor".
            features: as for a linear regression.
        """
        return self._model(
            lambda: LogisticRegression(
                target_of(target, self.schema, self.rows),
                terms_of(features, self.schema, self.rows),
            )
        )

    def naive_bayes(self, target: str, features: Sequence[str]) -> AskedStatistic:
        """How many rows each level of the target has, and what they look like by each feature.

        A numeric feature's variance multiplies three encrypted columns, unless the owner declared
        its square, or its product with the target, as a column.

        Args:
            target: a key.
            features: names of columns: numeric ones, and keys.
        """
        return self._model(lambda: NaiveBayes(name_of(target), names_of(features)))

    def principal_components(
        self, *columns: str, count: int = 2, standardized: bool = False
    ) -> AskedStatistic:
        """The directions in which these columns, or all that are numbers, spread most together.

        Args:
            count: how many.
            standardized: whether each column is first divided by its standard deviation.
        """
        return self._model(
            lambda: PrincipalComponents(
                self._numbers(columns), _count(count), is_standardized=bool(standardized)
            )
        )

    def covariance_matrix(self, *columns: str) -> AskedStatistic:
        """Variances and covariances of these columns, or of all that are numbers."""
        return self._model(lambda: CovarianceMatrix(self._numbers(columns)))

    def correlation_matrix(self, *columns: str) -> AskedStatistic:
        """Correlations of these columns with each other, or of all that are numbers."""
        return self._model(lambda: CorrelationMatrix(self._numbers(columns)))

    def _numbers(self, columns: tuple[str, ...]) -> tuple[Term, ...]:
        given, kinds = self.schema.columns, NumericColumn | BooleanColumn
        numbers = [one.name for one in given if isinstance(one, kinds)]
        return terms_of(columns or numbers, self.schema, self.rows)

    def _model(self, statistic: Callable[[], Plain]) -> AskedStatistic:
        try:
            asked = statistic()
        except ValueError as error:
            raise features_refused(f"{error}") from error
        return ask(asked, self.schema, self.rows)


def _count(count: object) -> int:
    if type(count) is not int:
        raise ValueError(f"a count that is {count!r:.60}, expected a whole number")
    return count


def _ridge(ridge: object) -> str:
    try:
        return decimal_text(Decimal(str(ridge)))
    except ArithmeticError as error:
        raise ValueError(
            f"a ridge that is {type(ridge).__name__:.60}, expected a number"
        ) from error
