"""What a job's pages say: pure functions of what the portal answers about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crypto import canonical
from market.entities.engines import Engine, facts_of
from market.entities.job_states import TERMINAL, Facts, State, Tone, WaitsFor
from market.pages.timeline import Step, timeline_of
from market.pricing.error_words import error_lines
from market.pricing.loss import shown_epsilon

Do = Literal["sign", "open", ""]


@dataclass(frozen=True, slots=True)
class Event:
    """market.pages.timeline.Event, as the portal's JSON tells it."""

    step: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in a list; `subject` and `statistics` are empty before it is planned."""

    job: str
    subject: str
    statistics: str
    price_cents: int
    datasets: str
    label: str
    tone: Tone
    epsilon: str
    buyer: str
    created_at: int
    code: str


@dataclass(frozen=True, slots=True)
class JobView:
    """One job. `do` is what its reader does now; `wait` whom it waits for, None once it ended."""

    label: str
    tone: Tone
    steps: tuple[Step, ...]
    wait: WaitsFor | None
    at_deadline: str
    do: Do
    may_cancel: bool
    costs: str
    errors: tuple[str, ...]


def job_lines(found: Iterable[Mapping[str, Any]]) -> list[JobLine]:
    """The jobs of a page of the list, in its order."""
    return [_line(one) for one in found]


def _line(answer: Mapping[str, Any]) -> JobLine:
    facts = _facts(answer)[answer["state"]]
    return JobLine(
        answer["job"],
        answer["subject"],
        answer["statistics"],
        answer["price_cents"],
        names_of(answer),
        facts.label,
        facts.tone,
        answer["epsilon"],
        answer["buyer"],
        answer["created_at"],
        answer["code"],
    )


def job_view(
    answer: Mapping[str, Any], timeline: Iterable[Mapping[str, Any]], *, user: str
) -> JobView:
    """A job as its reader sees it.

    Args:
        answer: GET /jobs/<job>; `timeline`: GET /jobs/<job>/timeline.
        user: who reads.
    """
    state: State = answer["state"]
    all_facts = _facts(answer)
    facts = all_facts[state]
    events = [Event(one["step"], one["text"], one["at"]) for one in timeline]
    quote = canonical.loads(answer["quote"].encode()) if answer["quote"] else None
    is_buyer = answer["buyer"] == user
    wants = facts.inbox.kind if facts.inbox is not None and is_buyer else ""
    return JobView(
        facts.label,
        facts.tone,
        tuple(timeline_of(all_facts, state, events, facts.waits_for)),
        facts.waits_for,
        facts.at_deadline,
        "sign" if wants == "sign" else "open" if wants == "open" else "",
        facts.is_unapproved and is_buyer,
        shown_epsilon(quote["epsilon"]) if quote else "",
        tuple(error_lines(quote)) if quote else (),
    )


def names_of(answer: Mapping[str, Any]) -> str:
    """What a job asks, in one line."""
    return ", ".join(one["dataset"] for one in answer["datasets"])


def moved_on(answer: Mapping[str, Any]) -> str:
    """Another text for every step of a job: it may take several within one second."""
    return f"{answer['updated_at']} {answer['state']}"


def is_over(answer: Mapping[str, Any]) -> bool:
    """Whether nothing happens to it any more."""
    return answer["state"] in TERMINAL


def _facts(answer: Mapping[str, Any]) -> Mapping[State, Facts]:
    engine: Engine = answer["engine"]
    return facts_of(engine, len(answer["datasets"]))
