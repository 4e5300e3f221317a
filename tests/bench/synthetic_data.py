"""Synthetic rows at the buyer, by epsilon: how near they are, and how long it takes.

The table is the generated network (tests/world/network_table.py): 48,842 rows, of which a fifth is
kept for testing, ten columns, 82 levels. The counts have the noise that `ds.synthesize` is quoted
at delta 1e-6, and pass through the buyer's own path: answers, marginals, method, rows.

    pairs       mean and largest total variation distance of all 45 pairs from the training rows
    auc         of a logistic regression learned from the synthetic rows, on the test rows
    seconds     of CPU, medians of rounds in turns; and on the clock

`python synthetic_data.py --against PYTHON`, an interpreter with smartnoise-synth 1.0.8 (it wants
`packaging` beside it, and 6 GB with what it requires), measures its MST besides: of the same rows,
which it sees in plaintext, at the same epsilon and delta (smartnoise_mst.py). The figures stand in
market/synthetic/decisions/0001.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from world.lattices import agg_lattice
from world.network_table import ATTRIBUTES, SCHEMA, SIZES, TARGET, network_table

from crypto.parameters import PRODUCTS
from market.plan.answers import answers
from market.plan.dataset import Dataset
from market.plan.lowered import Lowered, lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import Schema
from market.plan.statistics import Synthesize
from market.plan.uncertain import Uncertain
from market.policy.budget.epsilon import rho_asked
from market.pricing.guarantee import guarantee_of
from market.pricing.quote import quote
from market.synthetic.attributes import Attribute, values_of
from market.synthetic.learned import area_under_curve, logistic, one_hot
from market.synthetic.marginals import Marginals, counted, distance, normalised
from market.synthetic.methods import METHODS
from market.synthetic.opened import marginals_of
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_moments

EPSILONS = ("0.5", "1")
DELTA = "0.000001"
TRAINING_ROWS = 39_073
_ROUNDS = 3
_RIVALS = {"MST as it comes": "as-it-comes.npy", "MST, sampled": "sampled.npy"}
"""Of one fit: its files (smartnoise_mst.py)."""

Codes = NDArray[np.int64]


@dataclass
class Measured:
    """One method's figures, one of each round."""

    means: list[float] = field(default_factory=list)
    largest: list[float] = field(default_factory=list)
    aucs: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    clock_seconds: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, float]:
        return {
            "pairs, mean": round(statistics.median(self.means), 4),
            "pairs, largest": round(statistics.median(self.largest), 4),
            "auc": round(statistics.median(self.aucs), 4),
            "cpu seconds": round(statistics.median(self.cpu_seconds), 1),
            "clock seconds": round(statistics.median(self.clock_seconds), 1),
        }


def measure(rival: Path | None = None) -> dict[str, Any]:
    """Every method at every epsilon, beside what learning from the real rows gives.

    Args:
        rival: an interpreter with smartnoise-synth; without one its MST is not measured.
    """
    table = network_table()
    training, testing = table[:TRAINING_ROWS], table[TRAINING_ROWS:]
    report: dict[str, Any] = {"auc of the real rows": round(auc(training, testing), 4)}
    report["pairs of the test rows, mean"] = round(pair_distances(testing, training)[0], 4)
    lowered, asked = question(SCHEMA, ATTRIBUTES[TARGET].name)
    exact = exact_counts(lowered, ATTRIBUTES, training)
    for epsilon in EPSILONS:
        by_method = {name: Measured() for name in (*METHODS, *(_RIVALS if rival else ()))}
        for round_number in range(_ROUNDS):
            marginals = opened(lowered, asked, exact, epsilon, seed=round_number)
            for name in METHODS:
                _measure(name, by_method[name], marginals, (training, testing), round_number)
            if rival:
                _measure_rival(rival, epsilon, by_method, (training, testing))
        report[f"epsilon {epsilon}"] = {
            "sd in rows": round(marginals.pairs[0].typical_sd, 1),
            **{name: found.to_json() for name, found in by_method.items()},
        }
    return report


def auc(learned_from: Codes, tested_on: Codes) -> float:
    """Of a logistic regression that predicts the target."""
    weights = logistic(one_hot(learned_from, SIZES, TARGET), learned_from[:, TARGET].astype(float))
    score = one_hot(tested_on, SIZES, TARGET) @ weights[1:]
    found = area_under_curve(score, tested_on[:, TARGET].astype(float))
    assert found is not None
    return found


def pair_distances(
    rows: Codes, truth: Codes, sizes: tuple[int, ...] = SIZES
) -> tuple[float, float]:
    """Mean and largest over all pairs of columns."""
    found = [
        distance(*(normalised(counted(codes, pair, sizes)) for codes in (rows, truth)))
        for pair in combinations(range(len(sizes)), 2)
    ]
    return float(np.mean(found)), max(found)


def _measure(
    name: str, found: Measured, marginals: Marginals, real: tuple[Codes, Codes], seed: int
) -> None:
    training, testing = real
    cpu, clock = time.process_time(), time.perf_counter()
    generator = np.random.default_rng(seed)
    rows = METHODS[name](marginals, generator).draw(TRAINING_ROWS, generator)
    found.cpu_seconds.append(time.process_time() - cpu)
    found.clock_seconds.append(time.perf_counter() - clock)
    _note(found, rows, training, testing)


def _note(found: Measured, rows: Codes, training: Codes, testing: Codes) -> None:
    """How near rows are to those they were made of, and what they teach."""
    mean, largest = pair_distances(rows, training)
    found.means.append(mean)
    found.largest.append(largest)
    found.aucs.append(auc(rows, testing))


def _measure_rival(
    rival: Path, epsilon: str, by_method: dict[str, Measured], real: tuple[Codes, Codes]
) -> None:
    """MST's one fit, drawn in both ways."""
    training, testing = real
    with TemporaryDirectory() as folder:
        codes = Path(folder) / "codes.npy"
        np.save(codes, training)
        asked = (codes, str(TRAINING_ROWS), epsilon, DELTA)
        done = subprocess.run(
            [rival, Path(__file__).with_name("smartnoise_mst.py"), *asked],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        took = json.loads(done.stdout.splitlines()[-1])
        for name, file in _RIVALS.items():
            _note(by_method[name], np.load(codes.with_name(file)), training, testing)
            by_method[name].cpu_seconds.append(took["cpu"])
            by_method[name].clock_seconds.append(took["clock"])


def question(schema: Schema, target: str | None = None) -> tuple[Lowered, Synthesize]:
    """All counts of a table's levels and pairs of levels."""
    asked = Dataset(schema).synthesize(target=target).statistic
    assert isinstance(asked, Synthesize)
    plan = Plan(PLAN_VERSION, ("table",), "gaussian", (NamedStatistic("table", 1, asked),))
    return lower(plan, schema), asked


def exact_counts(
    lowered: Lowered, attributes: Sequence[Attribute], codes: Codes
) -> dict[str, Uncertain]:
    """Every moment of the question without noise."""
    values = values_of(attributes, codes, np.random.default_rng(0))
    table = {name: list(column) for name, column in values.items()}
    return plaintext_moments(lowered, encode_table(table, lowered.schema, PRODUCTS).columns)


def opened(
    lowered: Lowered, asked: Synthesize, exact: dict[str, Uncertain], epsilon: str, *, seed: int
) -> Marginals:
    """The counts as they are opened at this epsilon."""
    lattice, generator = agg_lattice(lowered.schema), np.random.default_rng(seed)
    guarantee = guarantee_of(lowered.plan.law, lattice)
    priced = quote(lowered, rho_asked(epsilon, DELTA, guarantee), DELTA, lattice)
    noised = {}
    for output in priced.outputs:
        known = output.noised(exact[output.output].value, lattice)
        moved = known.value + generator.normal(0, known.sd)
        noised[output.output] = Uncertain(moved, known.parts)
    (answer,) = answers(lowered, noised)
    return marginals_of(asked, lowered.schema, answer.cells, "gaussian")


if __name__ == "__main__":
    options = ArgumentParser(description="Synthetic rows, by method and epsilon.")
    options.add_argument("--against", type=Path, help="An interpreter with smartnoise-synth.")
    print(json.dumps(measure(options.parse_args().against), indent=2))
