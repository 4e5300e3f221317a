"""A result that was opened on this machine, for a program of the buyer's own: answers and models.

from market.models.kept_result import kept_result

result = kept_result("job-0123456789ab")
result.answers["visits_mean"]              # numbers by their labels, with 95 % intervals
result.model.predict(frame)                # the model, where the job asked for one
result.models["by_age"].coef_              # or by the name that the program gave it
result.models["line"]["good"].coef_        # asked by group: the model of each level
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from market.client.kept.home import ClientHome
from market.client.kept.kept_question import Question, kept_question
from market.client.results.opened_answers import cell_of
from market.errors import NotFound, Refused
from market.models.fitted import AskedModel, Model, Opened, model_of, modelled
from market.models.grouped import GroupedModels
from market.plan.answers import AnswerCell
from market.plan.statistics.contract import Labels

_HOME = "MARKET_CLIENT_HOME"


@dataclass(frozen=True, slots=True)
class KeptModels(Mapping[str, Model | GroupedModels]):
    """The models of a result by their names in the program, each made when it is taken.

    Taking one raises Refused, `model-unfitted`, when noise left it no numbers. What was asked by
    group is a model for each group.
    """

    question: Question
    answers: Mapping[str, Mapping[Labels, AnswerCell]]

    def __getitem__(self, name: str) -> Model | GroupedModels:
        numbers = self.answers[name]
        opened = Opened(
            name,
            {labels: one.value for labels, one in numbers.items()},
            {labels: one.note for labels, one in numbers.items()},
        )
        asked, schema = self._asked()[name], self.question.schema
        if asked.keys:
            return GroupedModels(asked.keys, asked.of, schema, opened)
        return model_of(asked.of, schema, opened)

    def __iter__(self) -> Iterator[str]:
        return iter(self._asked())

    def __len__(self) -> int:
        return len(self._asked())

    def _asked(self) -> dict[str, AskedModel]:
        found = {one.name: modelled(one.statistic) for one in self.question.plan.statistics}
        return {name: one for name, one in found.items() if one is not None}


@dataclass(frozen=True, slots=True)
class KeptResult:
    """What a job asked, and the numbers that were opened, by answer and labels."""

    job: str
    question: Question
    answers: Mapping[str, Mapping[Labels, AnswerCell]]

    @property
    def models(self) -> KeptModels:
        """Every model that the job asked for."""
        return KeptModels(self.question, self.answers)

    @property
    def model(self) -> Model | GroupedModels:
        """The model, of a job that asked for one; for each group, of one that was asked by keys.

        Raises:
            Refused: `model-not-one` when it asked for none, or for several; `model-unfitted`.
        """
        names = list(self.models)
        if len(names) != 1:
            raise Refused(
                "model-not-one",
                f"Job {self.job} asked for {len(names)} models, expected one.",
                f"Take one by its name, as in result.models[{(names or ['line'])[0]!r}]; the "
                "program asks for one by ds.linear_regression(...) or another model.",
            )
        return self.models[names[0]]


def kept_result(job: str, home: Path | None = None) -> KeptResult:
    """A job's result, as `market result open` kept it; nobody is asked.

    Args:
        home: the client's folder; MARKET_CLIENT_HOME, else ~/.market/client.

    Raises:
        NotFound: `not-opened` when it was not opened there.
        Refused: `job-malformed`.
    """
    given = home or Path(os.environ.get(_HOME) or Path.home() / ".market" / "client")
    client = ClientHome(given)
    question, kept = kept_question(client, job), client.read_job(job, "result.json")
    if question is None or kept is None:
        raise NotFound(
            "not-opened", f"Job {job} was not opened in {given}.", f"Run: market result open {job}"
        )
    answers = {one["name"]: _numbers(one["cells"]) for one in json.loads(kept)["answers"]}
    return KeptResult(job, question, answers)


def _numbers(cells: list[Any]) -> dict[Labels, AnswerCell]:
    return {cell.labels: cell for cell in map(cell_of, cells)}
