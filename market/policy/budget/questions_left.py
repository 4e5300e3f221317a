"""How many questions a budget still answers, at an epsilon that people ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from market.policy.budget.epsilon import rho_bought, usual_epsilon
from market.records.listing import Policy

_ASKED: Final = ("1", "0.5", "0.2", "0.1", "0.05", "0.02", "0.01")
_DIGITS_TOLD: Final = 2


@dataclass(frozen=True, slots=True)
class QuestionsLeft:
    """So many jobs of Gaussian noise, each at `epsilon` (a decimal string), are within what is
    left: exactly `count`, if each of them is new and costs what it asks for."""

    count: int
    epsilon: str

    @property
    def words(self) -> str:
        """`about 740 questions at epsilon 1 left`; large numbers to two digits, rounded down."""
        if self.count == 0:
            return f"no question at epsilon {self.epsilon} left"
        if self.count == 1:
            return f"one question at epsilon {self.epsilon} left"
        coarse = 10 ** max(0, len(str(self.count)) - _DIGITS_TOLD)
        told = f"{self.count // coarse * coarse:,}".replace(",", "\u202f")
        return f"about {told} questions at epsilon {self.epsilon} left"


def questions_left(policy: Policy, available_units: int) -> QuestionsLeft:
    """How many questions are left of a budget: at epsilon 1, or at the largest of `_ASKED` that
    one job may cost.

    Args:
        available_units: what is neither spent nor reserved, in rho units (1e-12 zCDP).
    """
    for epsilon in (*_ASKED, usual_epsilon(policy, "profile")):
        units = rho_bought(epsilon, policy, "profile")
        if units <= policy.job_rho_units:
            break
    return QuestionsLeft(max(0, available_units) // units, epsilon)
