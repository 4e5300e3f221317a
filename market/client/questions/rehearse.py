"""A program rehearsed on a dataset's twin: on this machine, without data, budget or platform.

The twin is made here, from the dataset's schema and a public seed: it looks like the data and holds
nothing of it. What a quote refuses is refused here, in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from crypto.parameters import PRODUCTS
from market.client.questions.rebuild_plan import build_directory
from market.client.verify.asked_source import AskedSource
from market.plan.answers import Answer, answers
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.policy.budget.epsilon import usual_epsilon
from market.policy.budget.price import price_of
from market.pricing.guarantee import guarantee_of
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_moments
from market.tables.twin import make_twin

MOST_ROWS: Final = 100_000
"""Of a twin, unless somebody asks for more."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a program answers on a twin of this many rows, with the errors of a job at `epsilon`.

    `trace` tells where in the program each statistic was written.
    """

    plan: Plan
    trace: Mapping[str, str]
    rows: int
    epsilon: str
    answers: tuple[Answer, ...]


def rehearse(
    source: AskedSource,
    directory: Path,
    *,
    epsilon: str = "",
    rows: int = 0,
    is_sandboxed: bool = True,
) -> Rehearsal:
    """Build the program of a directory, and answer it on the twin.

    Args:
        epsilon: for the expected errors; empty for the usual one.
        rows: of the twin; 0 for the dataset's capacity, up to MOST_ROWS.

    Raises:
        Refused: the program broke a rule; or whatever a quote refuses.
        Unavailable: a part of the sandbox is missing.
    """
    built = build_directory(directory, source.program_input, is_sandboxed=is_sandboxed)
    count = rows or min(source.schema.capacity_rows, MOST_ROWS)
    epsilon = epsilon or usual_epsilon(source.policy, guarantee_of(built.plan.law, source.lattice))
    found = run_on_twin(built.plan, source, epsilon, count)
    return Rehearsal(built.plan, built.trace, count, epsilon, found)


def run_on_twin(
    plan: Plan,
    source: AskedSource,
    epsilon: str,
    rows: int,
    noise: Callable[[float], float] = lambda _sd: 0.0,
) -> tuple[Answer, ...]:
    """The plan's answers on the twin, exact, with the errors of a job at this epsilon.

    Args:
        noise: what is added to each opened sum, by its standard deviation; by default nothing. It
            protects nobody: nobody is in a twin.

    Raises:
        Refused: whatever `market quote` refuses.
    """
    lattice = source.lattice
    lowered = lower(plan, source.schema)
    priced = price_of(lowered, source.policy, epsilon, lattice)
    twin = make_twin(source.schema, source.twin_seed, rows)
    # The twin may have more rows than one encoding takes when --rows says so.
    schema = replace(source.schema, capacity_rows=max(source.schema.capacity_rows, rows))
    # A twin is read in the clear: how many rows its columns are cut into does not matter.
    larger = lower(plan, schema)
    exact = plaintext_moments(larger, encode_table(twin, schema, PRODUCTS).columns)
    moments = {
        output.output: output.noised(exact[output.output].value, lattice)
        for output in priced.outputs
    }
    return answers(larger, {name: one + noise(one.sd) for name, one in moments.items()})
