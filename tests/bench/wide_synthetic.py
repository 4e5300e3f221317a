"""Synthetic rows of tables as wide as a question may be: `python wide_synthetic.py [SHAPE ...]`.

One question opens 4,096 sums at most, and refuses more before anything runs (`plan-too-wide`): 90
boolean columns, or nine of ten levels. Two hundred columns of ten levels would be two million.

A hidden class of four makes the columns depend on one another. Noise is that of epsilon 1 at delta
1e-6, and passes through the buyer's own path (bench synthetic_data.py). By method:

    pairs       mean and largest total variation distance of all pairs from the table's rows
    noise       what noise alone is expected to put between the opened counts and the rows, mean
    seconds     of CPU, of one run: a buyer makes rows once
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
from synthetic_data import Codes, exact_counts, opened, pair_distances, question

from market.plan.schema import BooleanColumn, CategoricalColumn, PrivacyUnit, Schema
from market.synthetic.attributes import Attribute, Levels, Truth
from market.synthetic.methods import METHODS

ROWS = 39_073
CLASSES = 4
SHAPES = {"90 columns of 2 levels": (2,) * 90, "9 columns of 10 levels": (10,) * 9}


def measure(shapes: tuple[str, ...] = tuple(SHAPES)) -> dict[str, Any]:
    """Every method on every shape."""
    return {shape: _measured(SHAPES[shape]) for shape in shapes}


def _measured(sizes: tuple[int, ...]) -> dict[str, Any]:
    codes, (schema, attributes) = _table(sizes), _declared(sizes)
    lowered, asked = question(schema)
    marginals = opened(lowered, asked, exact_counts(lowered, attributes, codes), "1", seed=0)
    noise = np.mean([pair.noise_distance(ROWS) for pair in marginals.pairs])
    report: dict[str, Any] = {"sums": len(lowered.outputs), "noise": round(float(noise), 4)}
    for name, method in METHODS.items():
        generator, began = np.random.default_rng(0), time.process_time()
        rows = method(marginals, generator).draw(ROWS, generator)
        seconds = time.process_time() - began
        mean, largest = pair_distances(rows, codes, sizes)
        report[name] = {
            "pairs, mean": round(mean, 4),
            "pairs, largest": round(largest, 4),
            "cpu seconds": round(seconds, 1),
        }
    return report


def _declared(sizes: tuple[int, ...]) -> tuple[Schema, tuple[Attribute, ...]]:
    names = [f"column{place}" for place in range(len(sizes))]
    if sizes[0] == 2:
        columns = tuple(BooleanColumn(name, "yes or no", "false") for name in names)
        return _schema(columns), tuple(map(Truth, names))
    # The last level of each is OTHER.
    keys = tuple(
        CategoricalColumn(name, tuple(f"level{level}" for level in range(size - 1)), "a column")
        for name, size in zip(names, sizes, strict=True)
    )
    return _schema(keys), tuple(Levels(key.name, key.all_levels) for key in keys)


def _schema(columns: tuple[BooleanColumn, ...] | tuple[CategoricalColumn, ...]) -> Schema:
    return Schema("wide", columns, PrivacyUnit(None, 1, "one row"), ROWS, ())


def _table(sizes: tuple[int, ...]) -> Codes:
    generator = np.random.default_rng(3)
    hidden = generator.integers(0, CLASSES, ROWS)
    columns = []
    for size in sizes:
        cumulative = generator.dirichlet(np.ones(size), CLASSES).cumsum(axis=1)
        drawn = (cumulative[hidden] < generator.random((ROWS, 1))).sum(axis=1)
        columns.append(np.minimum(drawn, size - 1))
    return np.stack(columns, axis=1).astype(np.int64)


if __name__ == "__main__":
    print(json.dumps(measure(tuple(sys.argv[1:]) or tuple(SHAPES)), indent=2))
