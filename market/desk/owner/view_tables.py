"""What the pages of an owner's tables say: pure functions of what the agent holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from market.entities.account import SpentDay
from market.owner.own_tables import Answered, OwnTable
from market.owner.word.own_editions import OwnEditions
from market.pages.edition_rows import EditionRow, edition_rows
from market.policy.budget.questions_left import questions_left
from market.pricing.loss import epsilon_text, rho_text

Tone = Literal["good", "waiting", "bad", "over", "going"]
_STANDING: Final[Mapping[str, tuple[str, Tone]]] = {
    "listed": ("listed", "good"),
    "paused": ("paused", "waiting"),
    "withdrawn": ("withdrawn", "over"),
}
_DAY_SECONDS: Final = 24 * 3_600


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
class Buyer:
    """Somebody who was answered: `name` by the portal's word, empty where it says none."""

    fingerprint: str
    name: str
    answers: int
    charged: str


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


def charged_days(answers: Sequence[Answered]) -> list[SpentDay]:
    """What the agent's receipts charged, by the day (UTC), oldest first: at most what the people in
    the data paid, since a receipt never tells what others asked before."""
    days: dict[int, int] = {}
    for one in answers:
        day = one.receipt.issued_at // _DAY_SECONDS * _DAY_SECONDS
        days[day] = days.get(day, 0) + one.receipt.rho_units
    return [SpentDay(at, units) for at, units in sorted(days.items())]


def revenue_cents(answers: Sequence[Answered]) -> int:
    """What the answers bring, each at the price its version was listed at."""
    return sum(one.price_cents for one in answers)


def buyers_of(answers: Sequence[Answered], names: Mapping[str, str], delta: str) -> list[Buyer]:
    """Who was answered, most often first.

    Args:
        names: by job, who the portal says asks.
    """
    times = Counter(one.release.buyer for one in answers)
    return [
        Buyer(
            buyer,
            next((names[one.release.job] for one in of if one.release.job in names), ""),
            count,
            epsilon_text(sum(one.receipt.rho_units for one in of), delta),
        )
        for buyer, count in times.most_common()
        if (of := [one for one in answers if one.release.buyer == buyer])
    ]


def answered_rows(
    answers: Sequence[Answered], dataset: str, names: Mapping[str, str], delta: str
) -> list[AnsweredRow]:
    """Each answer, newest first."""
    return [
        AnsweredRow(
            one.release.job,
            one.receipt.issued_at,
            names.get(one.release.job, ""),
            next(asked.version for asked in one.receipt.datasets if asked.dataset == dataset),
            epsilon_text(one.receipt.rho_units, delta),
            one.price_cents,
        )
        for one in reversed(answers)
    ]


def rows_of(editions: OwnEditions) -> list[EditionRow]:
    """How a table was listed, the newest first, with what agent or portal lacks of it."""
    badges = {(one.version, one.edition): "your agent has missed it" for one in editions.missed}
    if (waiting := editions.waiting) is not None:
        badges[waiting.version, waiting.edition] = "the portal does not have it"
    return edition_rows(editions.listings, editions.listed_at or {}, badges)
