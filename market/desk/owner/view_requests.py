"""What an owner reads before a yes or no: pure functions of the portal's lines and their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crypto.identity import PublicKey
from market.entities.job_states import FACTS
from market.errors import Refused
from market.judgement.question import QuestionInHand
from market.owner.word.approve import Pending
from market.owner.word.leaves import Leaves
from market.policy.budget.questions_left import questions_left
from market.pricing.charged import Charge, charged_epsilon
from market.pricing.loss import epsilon_text
from market.records.listing import Listing
from market.vault.holdings import Holding


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A question that waits for a yes or no; `by_hand` tells whether a person gives it."""

    job: str
    datasets: str
    who: str
    epsilon: str
    since: int
    by_hand: bool


@dataclass(frozen=True, slots=True)
class AccessRow:
    """A buyer who asks for access: all of it the portal's word."""

    dataset: str
    title: str
    user: str
    organisation: str
    purpose: str
    epsilon: str


@dataclass(frozen=True, slots=True)
class OtherParty:
    """Another owner, or member, that the same question asks: organisation and datasets by the
    portal's word; `key` is the fingerprint of their agent's, which the buyer signed for."""

    organisation: str
    datasets: str
    key: str
    has_approved: bool


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """One question: who asks (by the portal's word), with which key, and what it costs whom.

    Attributes:
        price_cents: of what is the owner's own; `whole_cents` of all that is asked.
        allocation: what the buyer's grant lets them spend in all; empty without one.
        left: what a yes leaves to every buyer together; empty where the rules say no.
    """

    job: str
    datasets: str
    user: str
    organisation: str
    key: str
    price_cents: int
    whole_cents: int
    epsilon: str
    charged: str
    left: str
    allocation: str
    allocation_ends: int
    ends_at: int


def asked_rows(jobs: Sequence[Mapping[str, Any]], approvals: Mapping[str, str]) -> list[AskedRow]:
    """The questions that wait, oldest first.

    Args:
        jobs: as the portal lists them.
        approvals: how each own table is approved: "automatic" or "manual".
    """
    found = []
    for one in jobs:
        asked = [each["dataset"] for each in one["datasets"]]
        own = [dataset for dataset in asked if dataset in approvals]
        if not own or "approval" not in FACTS[one["state"]].replies:
            continue
        by_hand = any(approvals[dataset] == "manual" for dataset in own)
        who = f"{one['buyer']} of {one['organisation']}"
        found.append(
            AskedRow(one["job"], ", ".join(asked), who, one["epsilon"], one["updated_at"], by_hand)
        )
    return sorted(found, key=lambda row: row.since)


def access_rows(listing: Listing, requests: Sequence[Mapping[str, Any]]) -> list[AccessRow]:
    """Who asks for access to a table and waits."""
    policy = listing.policy
    return [
        AccessRow(
            listing.dataset,
            listing.description.title,
            one["user"],
            one["organisation"],
            one["purpose"],
            epsilon_text(policy.buyer_rho_units, policy.delta),
        )
        for one in requests
        if one["state"] == "waiting"
    ]


def shown_request(
    shown: Mapping[str, Any], pending: Pending, left: Leaves | None, *, now: int
) -> ShownRequest:
    """A question that was verified, in words."""
    question = pending.question
    policy, request = question.holding.policy, question.request
    held, own = question.holding, {each.dataset for each in question.work.own}
    grant = held.grant_of(question.buyer, now=now) if isinstance(held, Holding) else None
    return ShownRequest(
        question.work.job,
        ", ".join(request.names),
        shown["buyer"],
        shown["organisation"],
        question.buyer,
        sum(each.price_cents for each in request.datasets if each.dataset in own),
        sum(each.price_cents for each in request.datasets),
        shown["epsilon"],
        _charged(question, left),
        questions_left(policy, left.people).words if left else "",
        epsilon_text(grant.rho_units, policy.delta) if grant else "",
        grant.expires_at if grant else 0,
        request.expires_at,
    )


def _charged(question: QuestionInHand[Any], left: Leaves | None) -> str:
    """The most that is charged, as an epsilon: of its noise where it has a price."""
    units = left.charged if left else question.request.rho_units
    delta, price = question.holding.policy.delta, question.price
    if isinstance(price, Refused):
        return epsilon_text(units, delta)
    is_whole = price.guarantee == "pure" and units == price.rho_units
    pure = Decimal(price.epsilon) if is_whole else None
    return charged_epsilon([Charge(units, price.guarantee, pure)], delta)


def others_asked(shown: Mapping[str, Any], pending: Pending) -> list[OtherParty]:
    """Who else answers the same question, in the portal's order; nobody, of one owner's alone."""
    own = pending.question.holding.agent
    return [
        OtherParty(
            one["organisation"],
            ", ".join(one["datasets"]),
            PublicKey.parse(one["party"]).fingerprint(),
            one["approved"],
        )
        for one in shown["answers"]
        if one["party"] != own
    ]
