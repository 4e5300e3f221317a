"""Naive Bayes, as scikit-learn has it: Gaussian by numeric features, categorical by the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.models.rows import Records, Rows, columns_in, rows_of
from market.plan.expression import Column
from market.plan.schema import Schema
from market.tables.table import Floats, Table

# Of the largest variance among the classes: what a class whose noisy variance is 0 is given.
_LEAST_VARIANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class NaiveBayesModel:
    """Classes by their features, each taken as independent of the others within a class.

    Attributes:
        features: columns and keys, as the program named them.
        classes_: levels of the target, as the owner wrote them.
        class_count_: noisy rows of each class, not below 0: float64[classes].
        theta_, var_: mean and variance of each numeric feature: float64[classes]. A class whose
            rows noise has hidden has the mean of the others' means, and their largest variance.
        counts_: noisy rows at each level of every other feature: float64[classes, levels].
    """

    schema: Schema
    target: str
    features: tuple[str, ...]
    classes_: tuple[str, ...]
    class_count_: Floats
    theta_: Mapping[str, Floats]
    var_: Mapping[str, Floats]
    counts_: Mapping[str, Floats]

    @property
    def feature_names_in_(self) -> list[str]:
        """The owner's columns that rows must have."""
        return columns_in(*map(Column, self.features))

    def predict_proba(self, table: Table | Records) -> Floats:
        """How likely each class is: float64[rows, classes]."""
        rows = rows_of(table, self.features, self.schema)
        log_odds = np.log(self._prior()) + sum(
            self._gaussian(rows, name) if name in self.theta_ else self._categorical(rows, name)
            for name in self.features
        )
        weights = np.exp(log_odds - log_odds.max(axis=1, keepdims=True))
        likely = np.asarray(weights / weights.sum(axis=1, keepdims=True))
        likely[rows.dropped] = np.nan
        return likely

    def predict(self, table: Table | Records) -> NDArray[np.object_]:
        """The likeliest class of each row, as the owner wrote it; None of one without."""
        likely = self.predict_proba(table)
        classes: NDArray[np.object_] = np.array(self.classes_, dtype=object)[
            np.nan_to_num(likely).argmax(axis=1)
        ]
        classes[np.isnan(likely).any(axis=1)] = None
        return classes

    def score(self, table: Table | Records, y: Sequence[str] | None = None) -> float:
        """The part of the buyer's own rows that are predicted rightly.

        Args:
            y: the class of each row, as the owner writes it; else it is a column of the table.
        """
        predicted = self.predict(table)
        own = columns_in(Column(self.target))
        column = table if y is None else {name: list(y) for name in own}
        truth = rows_of(column, own, self.schema).levels(self.target)
        return float(np.mean(predicted == np.array(self.classes_, dtype=object)[truth]))

    def _prior(self) -> Floats:
        # As one row more of each class: none is impossible on the word of noise.
        return (self.class_count_ + 1) / np.sum(self.class_count_ + 1)

    def _gaussian(self, rows: Rows, name: str) -> Floats:
        variance = np.maximum(self.var_[name], _LEAST_VARIANCE * self.var_[name].max())
        distance = rows.numbers(Column(name))[:, None] - self.theta_[name]
        return np.asarray(-0.5 * np.log(variance) - distance**2 / (2 * variance))

    def _categorical(self, rows: Rows, name: str) -> Floats:
        smoothed = self.counts_[name] + 1
        shares = smoothed / smoothed.sum(axis=1, keepdims=True)
        return np.asarray(np.log(shares).T[rows.levels(name)])
