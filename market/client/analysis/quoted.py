"""What a question costs and how exact it will be, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import pandas as pd

from market.client.analysis.html import shown
from market.plan.answers import label_text
from market.pricing.loss import shown_epsilon


@dataclass(frozen=True, slots=True)
class Quote:
    """A price.

    Attributes:
        epsilon: of the whole job, with `delta`.
        errors: a frame of the expected errors, half a 95 % interval: statistic, level, error, unit.
        document: all that the portal and this client agree on.
    """

    dataset: str
    epsilon: str
    delta: str
    price_cents: int
    currency: str
    errors: pd.DataFrame = field(compare=False)
    document: Mapping[str, Any] = field(compare=False, repr=False)

    @classmethod
    def of(cls, dataset: str, document: Mapping[str, Any], currency: str = "") -> Self:
        """What market.client.questions.price_program.priced_alike gives; the currency of prices."""
        priced = document["quote"]
        rows = [
            (one["name"], label_text(cell["labels"]), cell["expected_error"], one["unit"])
            for one in priced["statistics"]
            for cell in one["cells"]
        ]
        columns = ["statistic", "level", "error", "unit"]
        return cls(
            dataset=dataset,
            epsilon=shown_epsilon(priced["epsilon"]),
            delta=str(priced["delta"]),
            price_cents=int(document["price_cents"]),
            currency=currency,
            errors=pd.DataFrame(rows, columns=columns).astype({"error": float}),
            document=document,
        )

    def _repr_html_(self) -> str:
        return shown("quote.html", one=self, errors=self.errors.to_dict("records"))
