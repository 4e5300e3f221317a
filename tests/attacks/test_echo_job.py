"""Attack: a job that hands the rows back. A plan can open nothing but sums over all rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import Case, as_columns, cases

from crypto.errors import FormatError
from crypto.parameters import PRODUCTS
from market import wire
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.plan.program import run_program
from market.plan.program_input import ProgramInput
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.tables.encode import encode_table
from market.tables.plaintext import moment_value

SCHEMA = Schema(
    "clinic",
    (
        NumericColumn("visits", "0", "50", "visits", "per year", "midpoint", None, None),
        CategoricalColumn("health", ("good", "poor"), "health"),
    ),
    PrivacyUnit("person", 5, "a person"),
    4_000,
    (),
)
ASKED = ProgramInput(("visits",), SCHEMA)
ECHOES = (
    'ds["visits"]',
    '2 * ds["visits"] + 1',
    'ds["health"] == "poor"',
    'ds["health"]',
    'ds.group_by("health")["visits"]',
    'ds["visits"][0]',
    'ds["visits"][:100]',
    "ds[17]",
    'ds[ds["health"] == "poor"]["visits"]',
    'list(ds["visits"])',
    'ds["visits"].tolist()',
    "ds.to_dict()",
    "ds.head(5)",
    "ds",
)


@pytest.mark.parametrize("echo", ECHOES)
def test_program_that_returns_rows_is_refused(echo: str, tmp_path: Path) -> None:
    program = f"def build(ds):\n    return {{'rows': ds.count(), 'echo': {echo}}}\n"
    (tmp_path / "job.py").write_text(program)
    with pytest.raises(Refused) as refused:
        run_program(tmp_path, ASKED)
    assert refused.value.code == "plan-rows"


@pytest.mark.parametrize(
    "statistic",
    [
        '{"name":"visits","tag":"column"}',
        '{"column":"health","level":"poor","tag":"level"}',
        '{"of":{"name":"visits","tag":"column"},"row":0,"tag":"sum"}',
        '{"of":[0],"tag":"sum"}',
        '{"tag":"rows"}',
    ],
)
def test_plan_written_by_hand_has_no_word_for_rows(statistic: str) -> None:
    named = f'{{"name":"echo","share":1,"statistic":{statistic}}}'
    with pytest.raises(FormatError):
        wire.decode(Plan, f'{{"law":"gaussian","statistics":[{named}],"version":1}}'.encode())


@settings(max_examples=22)
@given(cases(), st.integers(0, 2**32 - 1))
def test_what_a_plan_opens_does_not_tell_rows_apart(case: Case, seed: int) -> None:
    columns = encode_table(as_columns(case.rows), case.schema, PRODUCTS).columns
    order = np.random.default_rng(seed).permutation(len(columns["#valid"]))
    shuffled = {name: column[order] for name, column in columns.items()}
    for output in lower(case.plan, case.schema).outputs:
        assert moment_value(output, shuffled) == moment_value(output, columns)
