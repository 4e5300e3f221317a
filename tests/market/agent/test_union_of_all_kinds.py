"""Every statistic there is works over several owners' tables: what opens is what all rows give.

Nothing here names a statistic. The examples each kind brings along are asked of three encrypted
tables by one plan, and compared with the answers on all rows in the clear.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strategies.plans import Row, as_columns, is_answered
from world.live_union import DATASETS, live_union

from crypto import canonical
from crypto.parameters import PRODUCTS
from market.owner.declaration.describe import parse_declaration
from market.plan.answers import AnswerCell
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import Schema
from market.plan.statistics import BY_KIND, KINDS
from market.policy.listing.union import joint_schema
from market.tables.plaintext import plaintext_answers

ROWS = 2_500
"""Of each owner's table."""
EPSILON = "90"
"""The noise is there, and small beside what is compared."""
TEXT = """\
dataset = "{0}"
title = "Rows"
summary = "Some."
provenance = "Made up."
licence = "CC0"
terms = "None."
capacity_rows = 4000
products = [["x", "x"], ["x", "y"]]

[privacy_unit]
max_rows = 1
meaning = "one row"

{1}
[[columns]]
name = "x"
type = "numeric"
low = -8
high = 8
unit = "points"
meaning = "x"
null = "midpoint"
bins = [-8, 0, 3, 8]

[[columns]]
name = "y"
type = "numeric"
low = 0
high = 32
unit = "points"
meaning = "y"
null = "midpoint"

[[columns]]
name = "g"
type = "categorical"
levels = ["a", "b"]
meaning = "a group"

[[columns]]
name = "flag"
type = "boolean"
meaning = "a flag"
null = "false"

[policy]
budget_epsilon = 100
buyer_epsilon = 100
job_epsilon = 100
delta = 0.000001
statistics = [KINDS]
access = "open"
approval = "automatic"
recomputation = true
price_cents = 0
""".replace("KINDS", ", ".join(f'"{kind}"' for kind in KINDS))


def rows_of(owner: str) -> list[Row]:
    """An owner's rows, which are unlike the others'."""
    shift = {"olga": 0, "oscar": 2, "carol": -2}[owner]
    random = np.random.default_rng(shift + 9)

    def row() -> Row:
        x = int(random.integers(-4, 5)) + shift
        return {
            "x": x,
            "y": max(0, min(32, 16 + x + int(random.integers(-6, 7)))),
            "g": ("a", "b", "other")[random.integers(3)],
            "flag": bool(random.random() < 0.4),
        }

    return [row() for _ in range(ROWS)]


def as_csv(rows: list[Row]) -> str:
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    return "\n".join(lines) + "\n"


def plan_of_all_kinds(schema: Schema) -> Plan:
    """The first that each kind shows of itself."""
    asked = []
    for kind in KINDS:
        examples = BY_KIND[kind].examples(schema.columns)
        asked.append(next(one for one in examples if is_answered(one, schema)))
    named = [NamedStatistic(f"s{place}", 1, one) for place, one in enumerate(asked)]
    return Plan(PLAN_VERSION, ("visits-north",), "gaussian", tuple(named))


def test_every_statistic_of_three_owners_is_that_of_all_their_rows(tmp_path: Path) -> None:
    owners = ("olga", "oscar", "carol")
    tables = {owner: rows_of(owner) for owner in owners}
    declared = {owner: {"text": TEXT, "table": as_csv(tables[owner])} for owner in owners}
    own = parse_declaration(TEXT.format("visits-north", "")).schema
    plan = plan_of_all_kinds(own)
    whole = [row for rows in tables.values() for row in rows]
    schema = replace(joint_schema(own, sorted(DATASETS.values())), capacity_rows=len(whole))
    wanted = plaintext_answers(plan, schema, as_columns(whole), PRODUCTS)
    with live_union(tmp_path, "oscar", "carol", **declared) as market:
        job = market.released(plan, epsilon=EPSILON)
        found = market.opened_by_client(job).answers
        quoted = canonical.loads(market.document(job, "quote").encode())["statistics"]
    assert {answer.kind for answer in found} == set(KINDS)
    for answer, plain in zip(found, wanted, strict=True):
        for cell, truth in zip(answer.cells, plain.cells, strict=True):
            assert cell.labels == truth.labels
            assert cell.value == pytest.approx(truth.value, abs=3 * (cell.error_95 or 0) + 1e-9)
    for answer, statistic in zip(found, quoted, strict=True):
        for cell, told in zip(answer.cells, statistic["cells"], strict=True):
            assert is_within(told, cell), (answer.name, cell, told)


def is_within(told: dict[str, Any], cell: AnswerCell) -> bool:
    """Whether an error is one of those that the quote stated, where noise alone made it: not where
    that is said to be rough, nor where an interval ends with what is possible."""
    error = cell.error_95
    least, most = (told[end] and float(told[end]) for end in ("least_error", "most_error"))
    if error is None or least is None:
        return most is None or bool(cell.note)
    is_whole = not cell.note and cell.high - cell.low > 1.999 * error
    return not is_whole or least * 0.999 <= error <= (most or math.inf) * 1.001
