"""Releases without ciphertext: a table's exact moments, noised as its price says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from crypto.parameters import PRODUCTS
from market.plan.answers import Answer, AnswerCell, answers
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import Schema
from market.plan.statistics import Statistic
from market.plan.uncertain import measured
from market.pricing.quote import quote
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_moments
from market.tables.table import Table
from world.lattices import agg_lattice


class NoisedMoments:
    """One question of one table: its answer without noise, and with fresh noise each time."""

    def __init__(self, asked: Statistic, schema: Schema, table: Table, rho_units: int) -> None:
        plan = Plan(PLAN_VERSION, ("visits",), "gaussian", (NamedStatistic("asked", 1, asked),))
        lattice = agg_lattice(schema)
        self.lowered = lower(plan, schema)
        self.exact = plaintext_moments(self.lowered, encode_table(table, schema, PRODUCTS).columns)
        self.priced = quote(self.lowered, rho_units, "0.000001", lattice)
        self.sds = {output.output: output.noised(0.0, lattice).sd for output in self.priced.outputs}

    def truth(self) -> Answer:
        """What the rows say."""
        return answers(self.lowered, self.exact)[0]

    def releases(self, count: int, seed: int | None = None) -> Iterator[Answer]:
        """What as many buyers open, each with noise of their own: always the same with a seed."""
        generator = np.random.default_rng(seed)
        for _ in range(count):
            noised = {
                name: measured(
                    moment.value + generator.normal() * self.sds[name],
                    sd=self.sds[name],
                    source=name,
                )
                for name, moment in self.exact.items()
            }
            yield answers(self.lowered, noised)[0]


def by_labels(answer: Answer) -> dict[tuple[str, ...], AnswerCell]:
    """Its cells."""
    return {cell.labels: cell for cell in answer.cells}
