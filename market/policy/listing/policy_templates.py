"""Three policies to begin with: what each is for, in words, and its values.

They are data: the portal's drafts, the pages of a key holder's own machine and the command line
offer the same three. Whoever takes one may change every value of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from crypto.accounting import rho_for_epsilon
from crypto.gaussian_profile import gaussian_rho_units
from market.entities.draft import Choice, DraftContent
from market.plan.decimals import fraction_of

TemplateName = Literal["open", "request", "strict"]


@dataclass(frozen=True, slots=True)
class PolicyTemplate:
    """A policy to begin with; values are written as a dataset.toml has them.

    Attributes:
        statistics: the kinds that are sold; none named: all that the columns can answer.
        price: of a job, in the portal's currency.
    """

    name: TemplateName
    title: str
    sentence: str
    budget_epsilon: str
    buyer_epsilon: str
    job_epsilon: str
    access: Literal["open", "request", "invitation"]
    approval: Literal["automatic", "manual"]
    recomputation: Choice
    price: str = "0"
    delta: str = "0.000001"
    statistics: tuple[str, ...] = ()

    @property
    def questions(self) -> int:
        """How many questions of epsilon 1 its budget answers, of all buyers together."""
        return questions_within(self.budget_epsilon, self.delta)

    def given_to(self, content: DraftContent) -> DraftContent:
        """The draft with this policy, everything else as it was."""
        return replace(
            content,
            budget_epsilon=self.budget_epsilon,
            buyer_epsilon=self.buyer_epsilon,
            job_epsilon=self.job_epsilon,
            access=self.access,
            approval=self.approval,
            recomputation=self.recomputation,
            price=self.price,
            delta=self.delta,
            statistics=self.statistics,
        )


TEMPLATES: Final = (
    PolicyTemplate(
        "open",
        "Open statistics",
        "Every buyer of the portal may ask at once, for nothing, and your agent answers by itself. "
        "For tables whose results are for everybody.",
        budget_epsilon="20",
        buyer_epsilon="5",
        job_epsilon="2",
        access="open",
        approval="automatic",
        recomputation="yes",
    ),
    PolicyTemplate(
        "request",
        "On request",
        "A buyer asks you for access first, and says what for. Whom you let in is answered by "
        "your agent, up to a share of the budget for each. What most owners begin with.",
        budget_epsilon="10",
        buyer_epsilon="3",
        job_epsilon="1",
        access="request",
        approval="automatic",
        recomputation="yes",
    ),
    PolicyTemplate(
        "strict",
        "By invitation, each question by hand",
        "Only whom you invite may ask, and you approve each question yourself. Counts, sums, means "
        "and distributions, no products of columns. For a small circle and sensitive tables.",
        budget_epsilon="3",
        buyer_epsilon="1",
        job_epsilon="0.5",
        access="invitation",
        approval="manual",
        recomputation="no",
        statistics=("count", "sum", "mean", "proportion", "proportions", "histogram", "quantile"),
    ),
)


def template_of(name: str) -> PolicyTemplate:
    """A template by its name (raises ValueError)."""
    for template in TEMPLATES:
        if template.name == name:
            return template
    known = ", ".join(template.name for template in TEMPLATES)
    raise ValueError(f"{name!r:.80} is no template, expected one of {known}")


def questions_within(budget_epsilon: str, delta: str) -> int:
    """How many questions of epsilon 1 a declared budget answers: each new, under Gaussian noise.

    A budget within epsilon 1 answers one question at most, of its own epsilon.
    """
    exact = fraction_of(delta)
    budget = rho_for_epsilon(fraction_of(budget_epsilon), exact)
    return budget // gaussian_rho_units(fraction_of("1"), exact)
