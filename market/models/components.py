"""Principal components, as scikit-learn has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.models.rows import Records, columns_in, rows_of
from market.plan.schema import Schema
from market.plan.statistics.terms import Term
from market.tables.table import Floats, Table


@dataclass(frozen=True, slots=True, eq=False)
class ComponentsModel:
    """Directions of most spread.

    Attributes:
        components_: loadings, float64[components, terms].
        explained_variance_, explained_variance_ratio_: of each component.
        mean_, scale_: of each term: what is taken off it, and what it is divided by.
    """

    schema: Schema
    terms: tuple[Term, ...]
    components_: Floats
    explained_variance_: Floats
    explained_variance_ratio_: Floats
    mean_: Floats
    scale_: Floats

    @property
    def feature_names_in_(self) -> list[str]:
        """The owner's columns that rows must have."""
        return columns_in(*(term.of for term in self.terms))

    def get_feature_names_out(self) -> list[str]:
        """Names of what `transform` gives."""
        return [f"component {place}" for place in range(1, len(self.components_) + 1)]

    def transform(self, table: Table | Records) -> Floats:
        """How far each row lies along each component: float64[rows, components]."""
        rows = rows_of(table, self.feature_names_in_, self.schema)
        numbers = np.array([rows.numbers(term.of) for term in self.terms]).T
        return np.asarray((numbers - self.mean_) / self.scale_ @ self.components_.T)
