"""Accuracy first: the least epsilon at which every stated error is met, and the shares it takes.

    visits_mean<=0.05       half of a 95 % interval, where the table is as a quote expects it (full;
                            as its owner declares, else even); of several numbers, each of them,
                            from its own sums

Errors are read off a quote and divided by (market.pricing.division). Shares of a plan are whole
numbers up to 1,000, so the epsilon is then looked for among quotes of those shares: what is told is
an epsilon whose own quote meets every error, and by 10^-6 less does not. Where an error is not
quite proportional to the noise (a root near 0, a square), the division is repeated from where it
led, and the best is taken of all that were found and of the program's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter
from typing import Final

from crypto.accounting import LARGEST_RHO_UNITS
from crypto.canonical import Json
from crypto.ladder import rho_of_rung
from market.errors import Refused
from market.plan.answers import HALF_WIDTH, label_text
from market.plan.decimals import decimal_text, fraction_of, fraction_text
from market.plan.lowered import Lowered, with_shares
from market.plan.plan import MAXIMUM_SHARE
from market.plan.statistics.contract import Number
from market.pricing.division import Division, Need, least_shares
from market.pricing.expected_errors import errors_alone, expected_numbers
from market.pricing.guarantee import MAXIMUM_EPSILON, epsilon_of
from market.pricing.lattice import Lattice
from market.pricing.quote import Quote, quote_at

_GOAL: Final = re.compile(r"\s*([a-z][a-z0-9_]{0,59})\s*<=\s*([0-9.]{1,40})\s*")
_EPSILON_STEPS: Final = 10**6
_FIRST_EPSILONS: Final = (Fraction(1), Fraction(10), Fraction(100))
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Goal:
    """A statistic, by its name, and the largest error that each of its numbers may have."""

    statistic: str
    error: Decimal

    def __str__(self) -> str:
        return f"{self.statistic}<={self.error:f}"


@dataclass(frozen=True, slots=True)
class Reached:
    """The epsilon to ask for, and the plan with the shares that it is enough for."""

    epsilon: str
    lowered: Lowered

    @property
    def shares(self) -> dict[str, int]:
        """Of every statistic, by its name."""
        return {one.named.name: one.named.share for one in self.lowered.statistics}

    def to_json(self, goals: Sequence[Goal]) -> dict[str, Json]:
        """What was found for these goals."""
        return {
            "epsilon": self.epsilon,
            "errors": [str(goal) for goal in goals],
            "shares": dict(self.shares),
        }


def read_goals(texts: Sequence[str]) -> tuple[Goal, ...]:
    """Stated errors as a person wrote them.

    Raises:
        Refused: `error-malformed`, or `error-twice` when a statistic has several.
    """
    goals = tuple(map(_goal, texts))
    names = [goal.statistic for goal in goals]
    for name in names:
        if names.count(name) > 1:
            raise Refused(
                "error-twice", f"Two errors are stated of {name}.", "State the smaller one."
            )
    return goals


def reach(lowered: Lowered, goals: Sequence[Goal], delta: str, lattice: Lattice) -> Reached:
    """The least epsilon that meets every goal, and the shares it is divided by.

    Raises:
        Refused: `error-unknown` when the plan has no such statistic, `error-undefined` when a
            number of it has none, `error-too-small` when no epsilon up to 100 meets them all; or
            what `quote` refuses at any epsilon.
    """
    _check_names(lowered, goals)
    found: list[Lowered] = []
    epsilon = _first_epsilon(lowered, goals, delta, lattice)
    divided = lowered
    for _ in range(_ROUNDS):
        priced = quote_at(divided, epsilon, delta, lattice)
        if found and not _are_defined(priced, goals):
            # So little is left to some feature that its spread is lost; those before it stand.
            break
        division = _division(priced, goals)
        if not any(division.needs):
            break
        shares = least_shares(division)
        divided = _with_shares(divided, shares)
        epsilon = _epsilon_of_sum(priced, math.fsum(shares), delta)
        found.append(divided)
    reached = [
        (_least_epsilon(one, goals, delta, epsilon, lattice), one) for one in (lowered, *found)
    ]
    least, best = min(reached, key=itemgetter(0))
    return Reached(fraction_text(least), best)


def _first_epsilon(
    lowered: Lowered, goals: Sequence[Goal], delta: str, lattice: Lattice
) -> Fraction:
    """Where the division begins: at the first epsilon at which noise leaves every number a value.

    Raises:
        Refused: `error-undefined` where none does.
    """
    *some, last = _FIRST_EPSILONS
    for epsilon in some:
        priced = quote_at(lowered, epsilon, delta, lattice)
        if _are_defined(priced, goals):
            return epsilon
    return last


def _are_defined(priced: Quote, goals: Sequence[Goal]) -> bool:
    """Whether noise leaves every number that an error is stated of a value."""
    wanted = {goal.statistic for goal in goals}
    return all(
        number.value is not None
        for statistic, numbers in zip(
            priced.lowered.statistics, expected_numbers(priced), strict=True
        )
        if statistic.named.name in wanted
        for number in numbers
    )


def is_met(priced: Quote, goals: Sequence[Goal]) -> bool:
    """Whether the errors of a quote are the stated ones or less."""
    names = (one.name for one in priced.statistics)
    errors = dict(zip(names, errors_alone(priced), strict=True))
    return all(
        error is not None and Decimal(error) <= goal.error
        for goal in goals
        for error in errors[goal.statistic]
    )


def _goal(text: str) -> Goal:
    found = _GOAL.fullmatch(text)
    try:
        error = fraction_of(decimal_text(found[2])) if found else Fraction(0)
    except (ValueError, ArithmeticError):
        error = Fraction(0)
    if found is None or error <= 0:
        raise Refused(
            "error-malformed",
            f"A stated error is {text[:80]!r}, expected a statistic's name and what its error may "
            "be at most.",
            'Write it as "visits_mean<=0.05", a plain decimal above 0.',
        )
    return Goal(found[1], Decimal(decimal_text(found[2])))


def _check_names(lowered: Lowered, goals: Sequence[Goal]) -> None:
    names = [one.named.name for one in lowered.statistics]
    for goal in goals:
        if goal.statistic not in names:
            raise Refused(
                "error-unknown",
                f"An error is stated of {goal.statistic}, which the plan does not ask; it asks "
                f"{', '.join(names)[:400]}.",
                "State errors of what build returns, by its names.",
            )


def _division(priced: Quote, goals: Sequence[Goal]) -> Division:
    """What every error takes of every family, all that this quote pays being 1."""
    lowered, power = priced.lowered, 1 if priced.lowered.plan.law == "gaussian" else 2
    uses = tuple(statistic.families for statistic in lowered.statistics)
    family_of = {output.output: output.family for output in priced.outputs}
    paid = {one.family: rho_of_rung(one.rung) ** (1 / power) for one in priced.outputs}
    parts = {family: one / math.fsum(paid.values()) for family, one in paid.items()}

    def need(number: Number, goal: Goal, families: Sequence[str]) -> Need:
        wanted = float(goal.error) / HALF_WIDTH[lowered.plan.law]
        taken: dict[str, float] = {}
        for source, effect in _effects(number, goal).items():
            # What is no output's own noise is a term of second order, of all the statistic needs.
            moved = [family_of[source]] if source in family_of else families
            for family in moved:
                square = (effect / wanted) ** 2 / len(moved) * parts[family] ** power
                taken[family] = taken.get(family, 0.0) + square
        return taken

    stated = {goal.statistic: goal for goal in goals}
    needs = tuple(
        need(number, goal, families)
        for statistic, families, numbers in zip(
            lowered.statistics, uses, expected_numbers(priced), strict=True
        )
        if (goal := stated.get(statistic.named.name))
        for number in numbers
    )
    return Division(uses, needs, power)


def _effects(number: Number, goal: Goal) -> Mapping[str, float]:
    """How far the noise of each output moves a number."""
    if number.value is None:
        what = " ".join([goal.statistic, label_text(number.labels)]).strip()
        raise Refused(
            "error-undefined",
            f"{what} has no expected value, and so no error. {number.note}".strip(),
            "State errors of the other statistics.",
        )
    return number.value.parts


def _with_shares(lowered: Lowered, shares: Sequence[float]) -> Lowered:
    """The plan with shares in these proportions, none less beside the largest than it should be."""
    largest = max(shares)
    whole = [min(max(1, math.ceil(MAXIMUM_SHARE * s / largest)), MAXIMUM_SHARE) for s in shares]
    divisor = math.gcd(*whole)
    return with_shares(lowered, [share // divisor for share in whole])


def _epsilon_of_sum(priced: Quote, times: float, delta: str) -> Fraction:
    """Of so many times what a quote pays, in rho or, under Laplace noise, in epsilon."""
    if priced.guarantee == "pure":
        epsilon = Fraction(priced.epsilon) * Fraction(times)
    else:
        paid = priced.rho_units - priced.surcharge_rho_units
        units = math.ceil(paid * times) + priced.surcharge_rho_units
        epsilon = Fraction(epsilon_of(priced.guarantee, min(units, LARGEST_RHO_UNITS), delta))
    return min(max(epsilon, Fraction(1, _EPSILON_STEPS)), Fraction(MAXIMUM_EPSILON))


def _least_epsilon(
    lowered: Lowered, goals: Sequence[Goal], delta: str, near: Fraction, lattice: Lattice
) -> Fraction:
    """The least at which every goal is met, looked for from where it should be."""
    most = MAXIMUM_EPSILON * _EPSILON_STEPS

    def meets(steps: int) -> bool:
        try:
            priced = quote_at(lowered, Fraction(steps, _EPSILON_STEPS), delta, lattice)
        except Refused:
            # Below some epsilon there is too little to divide.
            if steps == most:
                raise
            return False
        return is_met(priced, goals)

    # Errors fall as epsilon grows: one that is enough, and then one that is not.
    above = min(math.ceil(near * _EPSILON_STEPS), most)
    while not meets(above):
        if above == most:
            raise Refused(
                "error-too-small",
                f"No epsilon up to {MAXIMUM_EPSILON} meets {', '.join(map(str, goals))[:400]}.",
                "State larger errors, or ask for fewer statistics.",
            )
        above = min(above + above // 64 + 1, most) if above < 2 * near * _EPSILON_STEPS else most
    missed = above - above // 32 - 1
    while missed > 0 and meets(missed):
        above, missed = missed, missed // 2
    while above - missed > 1:
        middle = (above + missed) // 2
        above, missed = (middle, missed) if meets(middle) else (above, middle)
    return Fraction(above, _EPSILON_STEPS)
