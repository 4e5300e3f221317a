"""A quote as it is stored and shown: its price, and the errors that it tells beside it."""

from __future__ import annotations

from collections.abc import Sequence

from crypto.canonical import Json
from market.pricing.expected_errors import QuotedCell, quoted_cells
from market.pricing.quote import Quote, QuotedStatistic
from market.pricing.quoted_output import QuotedOutput


def quote_document(priced: Quote) -> Json:
    """Canonical JSON value; integers that may pass 63 bits are decimal strings."""
    return {
        "delta": priced.delta,
        "epsilon": priced.epsilon,
        "guarantee": priced.guarantee,
        "law": priced.lowered.plan.law,
        "outputs": [_output(output) for output in priced.outputs],
        "rho_units": priced.rho_units,
        "statistics": [
            _statistic(one, cells)
            for one, cells in zip(priced.statistics, quoted_cells(priced), strict=True)
        ],
        "surcharge_rho_units": priced.surcharge_rho_units,
        "work": {
            "count": priced.work.count,
            "products": priced.work.products,
            "what": priced.work.what,
        },
    }


def _output(output: QuotedOutput) -> Json:
    return {
        "bound": str(output.bound),
        "columns": list(output.columns),
        "degree": output.degree,
        "family": output.family,
        "law": output.law,
        "output": output.output,
        "rung": output.rung,
        "scale_squared": str(output.scale_squared),
        "weights": list(output.opened.weights),
    }


def _statistic(statistic: QuotedStatistic, cells: Sequence[QuotedCell]) -> Json:
    return {
        "cells": [
            {
                "expected_error": cell.expected,
                "labels": list(cell.labels),
                "least_error": cell.least,
                "most_error": cell.most,
            }
            for cell in cells
        ],
        "kinds": list(statistic.kinds),
        "name": statistic.name,
        "rho_units": statistic.rho_units,
        "unit": statistic.unit,
    }
