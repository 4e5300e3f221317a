"""The plaintext reader: exact moments of an encoded table, and the answers without noise.

The oracle of the tests, and what a program is tried out with on the twin. Columns and products
are the float64 values that are encrypted; their sum is exact (math.fsum), so a difference from
the encrypted reader is that reader's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from market.plan.answers import Answer, answers
from market.plan.moments import Output, plan_outputs
from market.plan.plan import Plan
from market.plan.schema import Schema
from market.plan.uncertain import Uncertain, measured
from market.tables.encode import encode_table
from market.tables.table import Floats, Table


def moment_value(output: Output, columns: Mapping[str, Floats]) -> float:
    """The sum over rows of the product of the output's columns, correctly rounded."""
    product = np.prod([columns[name] for name in output.columns], axis=0)
    return math.fsum(product.tolist())


def plaintext_moments(
    plan: Plan, schema: Schema, columns: Mapping[str, Floats]
) -> dict[str, Uncertain]:
    """Every moment the plan opens, by output id, with sd 0."""
    return {
        output.id: measured(moment_value(output, columns), sd=0.0, source=output.id)
        for output in plan_outputs(plan, schema)
    }


def plaintext_answers(plan: Plan, schema: Schema, table: Table) -> tuple[Answer, ...]:
    """The plan's answers on a table as it would be encrypted.

    Raises:
        Refused: a rule of the plan or of the table's structure.
    """
    encoded = encode_table(table, schema)
    return answers(plan, schema, plaintext_moments(plan, schema, encoded.columns))
