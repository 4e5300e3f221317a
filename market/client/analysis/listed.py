"""Datasets and jobs as the portal tells them: values with a face for terminals and notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

import pandas as pd

from market.client.analysis.html import shown
from market.client.verify.publication import Publication
from market.entities.engines import facts_of
from market.plan.schema import NumericColumn
from market.policy.budget.people import population_sentence
from market.pricing.loss import loss_text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Summary:
    """A dataset in a list; `price_cents` of a job."""

    dataset: str
    version: int
    title: str
    standing: str
    access: str
    price_cents: int
    capacity_rows: int
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset, as its owner signed it.

    Attributes:
        entitled: whether the person may ask.
        left: of the budget that is theirs to know, in words.
        columns: a frame: name, kind, values, unit, meaning.
    """

    dataset: str
    version: int
    title: str
    summary: str
    standing: str
    access: str
    entitled: bool
    price_cents: int
    left: str
    statistics: tuple[str, ...]
    people: str
    currency: str
    columns: pd.DataFrame = field(compare=False)

    @classmethod
    def of(cls, answer: Mapping[str, Any], publication: Publication, currency: str = "") -> Self:
        """What the portal tells, and what the owner's verified documents say."""
        listing, balance = publication.listing, answer["balance"]
        policy = listing.policy
        left = balance["cap_units"] - balance["spent_units"] - balance["reserved_units"]
        rows = [
            (
                one.name,
                one.tag,
                one.values_in_words,
                one.unit if isinstance(one, NumericColumn) else "",
                one.meaning,
            )
            for one in listing.schema.columns
        ]
        return cls(
            dataset=listing.dataset,
            version=listing.version,
            title=listing.description.title,
            summary=listing.description.summary,
            standing=str(answer["standing"]),
            access=policy.access,
            entitled=bool(answer["entitled"]),
            price_cents=policy.price_cents,
            left="" if balance["whose"] == "nobody" else loss_text(max(left, 0), policy.delta),
            statistics=policy.statistics,
            people=population_sentence(listing.population),
            currency=currency,
            columns=pd.DataFrame(rows, columns=["name", "kind", "values", "unit", "meaning"]),
        )

    def __str__(self) -> str:
        return self.dataset

    def _repr_html_(self) -> str:
        return shown("dataset.html", one=self, columns=self.columns.to_dict("records"))


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stood when it was looked at; its text is its id."""

    job: str
    state: str
    datasets: tuple[str, ...]
    epsilon: str
    commit: str
    repository: str
    code: str
    message: str
    next_action: str

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Self:
        """What the portal tells; what to do next where it went well, too."""
        names = tuple(str(one["dataset"]) for one in answer["datasets"])
        facts = facts_of(answer["engine"], len(names))[answer["state"]]
        advice = answer["next_action"] or facts.advice.format(job=answer["job"])
        return cls(
            job=str(answer["job"]),
            state=str(answer["state"]),
            datasets=names,
            epsilon=str(answer["epsilon"]),
            commit=str(answer["commit"]),
            repository=str(answer["repository"]),
            code=str(answer["code"]),
            message=str(answer["message"]),
            next_action=str(advice),
        )

    def __str__(self) -> str:
        return self.job

    def _repr_html_(self) -> str:
        return shown("job.html", one=self)


class _Listed(Sequence[T], Generic[T]):
    """Several of one kind, as a sequence and as a table."""

    template: ClassVar[str]

    def __init__(self, items: Iterable[T]) -> None:
        self._items = tuple(items)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        return self._items[place]

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(list(self._items))

    def frame(self) -> pd.DataFrame:
        """The list as a frame, a row for each."""
        return pd.DataFrame(
            [{name: getattr(one, name) for name in one.__slots__} for one in self._items]  # type: ignore[attr-defined]
        )

    def _repr_html_(self) -> str:
        return shown(self.template, items=self._items)


class Datasets(_Listed[Summary]):
    """Datasets that were found."""

    template = "datasets.html"

    @classmethod
    def of(cls, answers: Iterable[dict[str, Any]], currency: str = "") -> Self:
        """What the portal tells."""
        return cls(
            Summary(**{name: (one | {"currency": currency})[name] for name in Summary.__slots__})
            for one in answers
        )


class Jobs(_Listed[Job]):
    """The person's jobs."""

    template = "jobs.html"

    @classmethod
    def of(cls, answers: Iterable[Mapping[str, Any]]) -> Self:
        """What the portal tells."""
        return cls(map(Job.of, answers))
