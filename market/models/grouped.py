"""The models of a statistic that was asked by group: one for each group, and their predictions.

by_health = result.models["line"]       of ds.group_by("health").linear_regression(...)
by_health["good"].coef_                 of two keys by["good", "true"]
by_health.predict(frame)                each row by the model of its own group
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from market.errors import Refused
from market.models.components import ComponentsModel
from market.models.fitted import Model, Modelled, Opened, model_of
from market.models.rows import Records, columns_in, rows_at, rows_of
from market.plan.expression import Column
from market.plan.keys import levels_of
from market.plan.schema import Schema
from market.plan.statistics.contract import Labels
from market.plan.statistics.linear_regression import LinearRegression
from market.tables.table import Floats, Table

Predictions = Floats | NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class GroupedModels(Mapping[Labels, Model]):
    """Models by the levels of the keys, in the owner's order; each is made when it is taken, and
    that raises Refused (`model-unfitted`) where noise left the group no numbers."""

    keys_: tuple[str, ...]
    of: Modelled
    schema: Schema
    opened: Opened

    def __getitem__(self, group: Labels | str) -> Model:
        labels = (group,) if isinstance(group, str) else group
        if labels not in set(self):
            raise KeyError(group)
        return model_of(self.of, self.schema, self.opened.within(labels))

    def __iter__(self) -> Iterator[Labels]:
        return product(*(levels_of(key, self.schema) for key in self.keys_))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def predict(self, table: Table | Records) -> Predictions:
        """What the model of each row's own group predicts for it.

        A row that the owner would have dropped, or whose group noise left without a model, has no
        prediction: NaN of a linear regression, None of a class.

        Raises:
            Refused: `model-predicts-nothing` of principal components; as a model's `predict`.
        """
        keys = rows_of(table, columns_in(*map(Column, self.keys_)), self.schema)
        places = np.stack([keys.levels(key) for key in self.keys_])
        is_number = isinstance(self.of, LinearRegression)
        predicted: Predictions = (
            np.full(places.shape[1], np.nan)
            if is_number
            else np.full(places.shape[1], None, dtype=np.object_)
        )
        widths = [range(len(levels_of(key, self.schema))) for key in self.keys_]
        for group, place in zip(self, product(*widths), strict=True):
            chosen = (places == np.array(place)[:, None]).all(axis=0) & ~keys.dropped
            if chosen.any():
                predicted[chosen] = self._predict(group, table, chosen)
        return predicted

    def _predict(
        self, group: Labels, table: Table | Records, chosen: NDArray[np.bool_]
    ) -> NDArray[np.generic] | None:
        """The predictions for some rows of a group; None where it has no model."""
        try:
            model = self[group]
        except Refused as refused:
            if refused.code != "model-unfitted":
                raise
            return None
        if isinstance(model, ComponentsModel):
            raise Refused(
                "model-predicts-nothing",
                "Principal components predict nothing.",
                "Take the components of a group, and transform its rows: "
                f"models[{group!r}].transform(rows).",
            )
        return model.predict(rows_at(table, model.feature_names_in_, chosen))
