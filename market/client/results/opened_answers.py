"""Opened sums as answers: of a whole question, and of each dataset where those open, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crypto.canonical import Json
from market.plan.answers import Answer, AnswerCell, Raw, answers
from market.pricing.lattice import CiphertextLattice, Lattice
from market.pricing.quote import Quote


@dataclass(frozen=True, slots=True)
class OwnersAnswers:
    """What one of several owners' datasets answers by itself, where all let that be seen."""

    dataset: str
    answers: tuple[Answer, ...]

    def to_json(self) -> Json:
        """A JSON value, as of the whole result."""
        return {"dataset": self.dataset, "answers": [answer_json(one) for one in self.answers]}


def answers_of(priced: Quote, sums: Mapping[str, int], lattice: Lattice) -> tuple[Answer, ...]:
    """The answers of a question by its opened sums, lattice integers by output."""
    moments = {
        output.output: output.moment(sums[output.output], lattice) for output in priced.outputs
    }
    return answers(priced.lowered, moments)


def answers_by_dataset(
    priced: Quote, sums: Mapping[str, Mapping[str, int]]
) -> tuple[OwnersAnswers, ...]:
    """What each dataset answers by itself, by its own sums."""
    lattice = priced.lattice
    if not isinstance(lattice, CiphertextLattice):
        return ()
    # Each is one table's sum, with one noise.
    of_one = replace(lattice, tables=1)
    return tuple(
        OwnersAnswers(dataset, answers_of(priced, own, of_one))
        for dataset, own in sorted(sums.items())
    )


def answer_json(answer: Answer) -> Json:
    """An answer's cells as numbers with their 95 % intervals, and as noise left them."""
    return {
        "name": answer.name,
        "kind": answer.kind,
        "unit": answer.unit,
        "cells": [cell_json(cell) for cell in answer.cells],
    }


def answers_in(kept: Sequence[Mapping[str, Any]]) -> tuple[Answer, ...]:
    """Answers that `answer_json` wrote."""
    return tuple(
        Answer(one["name"], one["kind"], one["unit"], tuple(map(cell_of, one["cells"])))
        for one in kept
    )


def cell_of(kept: Mapping[str, Any]) -> AnswerCell:
    """A cell that `answer_json` wrote."""
    return AnswerCell(
        labels=tuple(kept["labels"]),
        value=kept["value"],
        error_95=kept["error_95"],
        low=kept["low"],
        high=kept["high"],
        raw=Raw(kept["raw"]["value"], kept["raw"]["error_95"]),
        note=kept["note"],
    )


def cell_json(cell: AnswerCell) -> Json:
    """A number with its interval, and as noise left it."""
    return {
        "labels": list(cell.labels),
        "value": cell.value,
        "error_95": cell.error_95,
        "low": cell.low,
        "high": cell.high,
        "raw": {"value": cell.raw.value, "error_95": cell.raw.error_95},
        "note": cell.note,
    }
