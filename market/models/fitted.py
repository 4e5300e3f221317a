"""The model behind a statistic and its opened numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from market.errors import Refused
from market.models.classes import NaiveBayesModel
from market.models.components import ComponentsModel
from market.models.lines import LinearModel, LogisticModel
from market.plan.keys import levels_of
from market.plan.schema import NumericColumn, Schema
from market.plan.statistics import GroupBy, Statistic, Where
from market.plan.statistics.coefficients import COEFFICIENT, INTERCEPT, STANDARD_ERROR
from market.plan.statistics.contract import Labels
from market.plan.statistics.linear_regression import LinearRegression
from market.plan.statistics.logistic_regression import LogisticRegression
from market.plan.statistics.naive_bayes import MEAN as CLASS_MEAN
from market.plan.statistics.naive_bayes import ROWS, NaiveBayes
from market.plan.statistics.naive_bayes import VARIANCE as CLASS_VARIANCE
from market.plan.statistics.principal_components import (
    LOADING,
    MEAN,
    SCALE,
    SHARE,
    VARIANCE,
    PrincipalComponents,
)
from market.tables.table import Floats

Modelled = LinearRegression | LogisticRegression | NaiveBayes | PrincipalComponents
Model = LinearModel | LogisticModel | NaiveBayesModel | ComponentsModel


@dataclass(frozen=True, slots=True)
class Opened:
    """The numbers of one answer by their labels; None where noise left nothing to give."""

    name: str
    values: Mapping[Labels, float | None]
    notes: Mapping[Labels, str]

    def within(self, group: Labels) -> Opened:
        """Those of one group, without its labels before them."""
        size = len(group)
        return Opened(
            f"{self.name} of {', '.join(group)}",
            {one[size:]: value for one, value in self.values.items() if one[:size] == group},
            {one[size:]: note for one, note in self.notes.items() if one[:size] == group},
        )

    def number(self, *labels: str) -> float:
        """A number; NaN where there is none."""
        value = self.values[labels]
        return math.nan if value is None else value

    def numbers(self, labels: Sequence[Labels]) -> Floats:
        """Several, in this order."""
        return np.array([self.number(*one) for one in labels])

    def some(self, labels: Sequence[Labels]) -> Floats:
        """Several, of which one at least is known (raises as `required`)."""
        found = self.numbers(labels)
        return self.required(labels[:1]) if np.isnan(found).all() else found

    def required(self, labels: Sequence[Labels]) -> Floats:
        """Several, each of which a model cannot do without.

        Raises:
            Refused: `model-unfitted`, with what the answer says of the first that is missing.
        """
        if missing := next((one for one in labels if self.values[one] is None), None):
            raise Refused(
                "model-unfitted",
                f"The answer {self.name} has no number for {', '.join(missing)}.",
                self.notes[missing],
            )
        return self.numbers(labels)


@dataclass(frozen=True, slots=True)
class AskedModel:
    """What makes a model, or one for each group where it was asked by keys."""

    of: Modelled
    keys: tuple[str, ...]


def modelled(statistic: Statistic) -> AskedModel | None:
    """What makes models, asked of all rows or of those of a filter; None of anything else."""
    some = statistic.statistic if isinstance(statistic, Where) else statistic
    keys, alone = (some.columns, some.statistic) if isinstance(some, GroupBy) else ((), some)
    return AskedModel(alone, keys) if isinstance(alone, Modelled) else None


def model_of(asked: Modelled, schema: Schema, opened: Opened) -> Model:
    """The model that opened numbers make.

    Raises:
        Refused: `model-unfitted` when noise left no model to give.
    """
    match asked:
        case LinearRegression():
            return LinearModel(schema, asked.target, asked.terms, *_line(asked, opened))
        case LogisticRegression():
            return LogisticModel(schema, asked.target, asked.terms, *_line(asked, opened))
        case NaiveBayes():
            return _classes(asked, schema, opened)
        case PrincipalComponents():
            return _components(asked, schema, opened)


def _line(
    line: LinearRegression | LogisticRegression, opened: Opened
) -> tuple[float, Floats, Floats]:
    names = [term.name for term in line.terms]
    (intercept,) = opened.required([(INTERCEPT, COEFFICIENT)])
    slopes = np.nan_to_num(opened.numbers([(name, COEFFICIENT) for name in names]))
    errors = opened.numbers([(name, STANDARD_ERROR) for name in (INTERCEPT, *names)])
    return float(intercept), slopes, errors


def _classes(asked: NaiveBayes, schema: Schema, opened: Opened) -> NaiveBayesModel:
    classes = tuple(levels_of(asked.target, schema))
    numeric = [name for name in asked.features if isinstance(schema.column(name), NumericColumn)]
    counts = {
        name: np.array(
            [
                opened.numbers([(one, name, level) for level in levels_of(name, schema)])
                for one in classes
            ]
        )
        for name in asked.features
        if name not in numeric
    }
    means = {name: opened.some([(one, name, CLASS_MEAN) for one in classes]) for name in numeric}
    spreads = {
        name: opened.some([(one, name, CLASS_VARIANCE) for one in classes]) for name in numeric
    }
    return NaiveBayesModel(
        schema,
        asked.target,
        asked.features,
        classes,
        np.maximum(opened.required([(one, ROWS) for one in classes]), 0),
        {name: np.where(np.isnan(one), np.nanmean(one), one) for name, one in means.items()},
        {name: np.where(np.isnan(one), np.nanmax(one), one) for name, one in spreads.items()},
        {name: np.maximum(one, 0) for name, one in counts.items()},
    )


def _components(asked: PrincipalComponents, schema: Schema, opened: Opened) -> ComponentsModel:
    names = [term.name for term in asked.terms]
    components = [f"component {place}" for place in range(1, asked.count + 1)]
    return ComponentsModel(
        schema,
        asked.terms,
        np.array([opened.required([(one, LOADING, name) for name in names]) for one in components]),
        opened.numbers([(one, VARIANCE) for one in components]),
        opened.numbers([(one, SHARE) for one in components]),
        opened.required([(MEAN, name) for name in names]),
        opened.required([(SCALE, name) for name in names]),
    )
