"""A declaration in words: what an owner is about to sign, for them to read before they do."""

from __future__ import annotations

from dataclasses import dataclass

from market.owner.declaration.describe import Declaration
from market.policy.budget.people import period_sentence, population_sentence
from market.policy.budget.questions_left import questions_left
from market.policy.listing.union_words import together_sentences
from market.pricing.loss import gaussian_loss_text, loss_text
from market.records.listing import Policy

_ACCESS = {
    "open": "every buyer of the portal may ask",
    "request": "whom you grant it, on request",
    "invitation": "whom you invite",
}
_APPROVAL = {
    "automatic": "your agent answers by these rules, without a person",
    "manual": "you approve each question by hand",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a declaration says; `before` is what the version before said, where it said
    something else, else empty."""

    about: str
    words: str
    before: str = ""


def declaration_in_words(declaration: Declaration, *, before: Policy | None) -> list[Said]:
    """Everything that a declaration says, but for its columns (`columns_in_words`).

    Args:
        before: the policy of the dataset's newest published version, if there is one.
    """
    about, schema = declaration.description, declaration.schema
    unit = schema.privacy_unit
    of_column = f"one value of {unit.column}, of {unit.max_rows} rows at most"
    whose = of_column if unit.column else "one row"
    return [
        Said("dataset", declaration.dataset),
        Said("title", about.title),
        Said("summary", about.summary),
        Said("provenance", about.provenance),
        Said("licence", about.licence),
        Said("terms", about.terms),
        Said("capacity", f"{schema.capacity_rows} rows"),
        Said("privacy unit", f"{whose}: {unit.meaning}"),
        Said("other tables", population_sentence(declaration.population)),
        Said("asked together", _together(declaration)),
        Said("period", period_sentence(declaration.epoch, _total(declaration.policy))),
        *_policy(declaration.policy, before),
        Said("sums encrypted", ", ".join(pair.id for pair in schema.products) or "none besides"),
    ]


def _together(declaration: Declaration) -> str:
    said = together_sentences(declaration.together, declaration.dataset)
    return " ".join(said) or "by itself alone"


def columns_in_words(declaration: Declaration) -> list[tuple[str, str, str, str]]:
    """Of each column its name, kind, values and meaning."""
    columns = declaration.schema.columns
    return [(one.name, one.tag, one.values_in_words, one.meaning) for one in columns]


def _policy(policy: Policy, before: Policy | None) -> list[Said]:
    """The policy, line by line, beside what the version before said."""
    told = _lines(policy)
    earlier = _lines(before) if before is not None else told
    return [
        Said(about, words, earlier[about] if earlier[about] != words else "")
        for about, words in told.items()
    ]


def _lines(policy: Policy) -> dict[str, str]:
    delta = policy.delta
    budget = loss_text(policy.budget_rho_units, delta)
    return {
        "who may ask": _ACCESS[policy.access],
        "who answers": _APPROVAL[policy.approval],
        "everybody may learn": f"{budget}, for ever: {_questions(policy)}",
        "one buyer": gaussian_loss_text(policy.buyer_rho_units, delta),
        "one question": gaussian_loss_text(policy.job_rho_units, delta),
        "delta": delta,
        "for sale": ", ".join(policy.statistics),
        "products": "any two columns" if policy.recomputation else "those declared alone",
        "price": f"{policy.price_cents // 100}.{policy.price_cents % 100:02d} a question",
    }


def _questions(policy: Policy) -> str:
    """How many questions all buyers together get answers to."""
    whole = questions_left(policy, policy.budget_rho_units)
    return f"about {whole.count} questions at epsilon {whole.epsilon}"


def _total(policy: Policy) -> str | None:
    total = policy.total_rho_units
    return None if total is None else loss_text(total, policy.delta)
