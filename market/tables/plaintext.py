"""The plaintext reader: exact moments of an encoded table, and the answers without noise.

The oracle of the tests, and what a program is tried out with on the twin. Columns and products
are the float64 values that are encrypted; their sum is exact (math.fsum), so a difference from
the encrypted reader is that reader's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from crypto.parameters import Parameters
from market.plan.answers import Answer, answers
from market.plan.lowered import Lowered, lower
from market.plan.moments import Output
from market.plan.plan import Plan
from market.plan.schema import Schema
from market.plan.uncertain import Uncertain, measured
from market.tables.encode import encode_table
from market.tables.table import Floats, Table


def moment_value(output: Output, columns: Mapping[str, Floats]) -> float:
    """The sum over rows of the product of the output's columns, correctly rounded; or of each of
    its columns, weighed."""
    if output.weights:
        sums = ((weight, math.fsum(columns[name].tolist())) for weight, name in output.weighed)
        return float(sum(weight * Fraction(one) for weight, one in sums))
    product = np.prod([columns[name] for name in output.columns], axis=0)
    return math.fsum(product.tolist())


def plaintext_moments(lowered: Lowered, columns: Mapping[str, Floats]) -> dict[str, Uncertain]:
    """Every sum the plan opens, by output id, with sd 0."""
    return {
        output.id: measured(moment_value(output, columns), sd=0.0, source=output.id)
        for output in lowered.outputs
    }


def plaintext_answers(
    plan: Plan, schema: Schema, table: Table, parameters: Parameters
) -> tuple[Answer, ...]:
    """The plan's answers on a table as it would be encrypted under these parameters.

    Raises:
        Refused: a rule of the plan or of the table's structure.
    """
    lowered = lower(plan, schema)
    encoded = encode_table(table, schema, parameters)
    return answers(lowered, plaintext_moments(lowered, encoded.columns))
