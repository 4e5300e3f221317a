"""What the pages of an owner's tables say: pure functions of what the agent holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from market.entities.account import SpentDay
from market.owner.answered import Answered
from market.owner.own_tables import OwnTable
from market.owner.word.own_editions import OwnEditions
from market.pages.edition_rows import EditionRow, edition_rows
from market.policy.budget.questions_left import questions_left
from market.pricing.charged import charged_epsilon
from market.pricing.loss import epsilon_text, rho_text
from market.records.receipt import Receipt

Tone = Literal["good", "waiting", "bad", "over", "going"]
_STANDING: Final[Mapping[str, tuple[str, Tone]]] = {
    "listed": ("listed", "good"),
    "paused": ("paused", "waiting"),
    "withdrawn": ("withdrawn", "over"),
}
_DAY_SECONDS: Final = 24 * 3_600
MOST_ANSWERS: Final = 50
"""That a table's page lists one by one."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in a word, and how it is meant."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Bar:
    """A budget as a bar: widths in permille, and the same in words."""

    spent_permille: int
    reserved_permille: int
    cap: str
    spent: str
    reserved: str
    left: str
    left_epsilon: str
    cap_epsilon: str
    questions: str


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """One answer: when it left (unix seconds), to whom, what it charged and brought."""

    job: str
    at: int
    who: str
    version: int
    epsilon: str
    price_cents: int


def badge_of(table: OwnTable) -> Badge:
    """How a table stands, in a word."""
    if table.is_destroyed:
        return Badge("key destroyed", "over")
    if not table.versions:
        return Badge("not listed yet", "waiting")
    return Badge(*_STANDING[table.standing])


def bar_of(table: OwnTable) -> Bar | None:
    """What is left of the budget of its people; None before it is listed."""
    balance, policy = table.budget, table.holding.policy
    if balance is None:
        return None
    cap = max(balance.cap_units, 1)
    left = max(balance.available_units, 0)
    return Bar(
        min(1000, balance.spent_units * 1000 // cap),
        min(1000, balance.reserved_units * 1000 // cap),
        rho_text(balance.cap_units),
        rho_text(balance.spent_units),
        rho_text(balance.reserved_units),
        rho_text(left),
        epsilon_text(left, policy.delta),
        epsilon_text(balance.cap_units, policy.delta),
        questions_left(policy, left).words,
    )


def charged_days(receipts: Sequence[Receipt]) -> list[SpentDay]:
    """What receipts charged, by the day (UTC), oldest first: at least what the people in the data
    paid, since a receipt never tells what others asked before."""
    days: dict[int, int] = {}
    for receipt in receipts:
        day = receipt.issued_at // _DAY_SECONDS * _DAY_SECONDS
        days[day] = days.get(day, 0) + receipt.rho_units
    return [SpentDay(at, units) for at, units in sorted(days.items())]


def answered_rows(answers: Sequence[Answered], delta: str) -> list[AnsweredRow]:
    """The newest answers, the newest first."""
    return [
        AnsweredRow(
            one.release.job,
            one.receipt.issued_at,
            one.who,
            one.version,
            charged_epsilon([one.charge], delta),
            one.price_cents,
        )
        for one in answers[: -MOST_ANSWERS - 1 : -1]
    ]


def rows_of(editions: OwnEditions) -> list[EditionRow]:
    """How a table was listed, the newest first, with what agent or portal lacks of it."""
    badges = {(one.version, one.edition): "your agent has missed it" for one in editions.missed}
    if (waiting := editions.waiting) is not None:
        badges[waiting.version, waiting.edition] = "the portal does not have it"
    return edition_rows(editions.listings, editions.listed_at or {}, badges)
