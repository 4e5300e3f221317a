"""What a consortium's page says, in plain words: its members, what it waits for, and its terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from crypto.identity import PublicKey
from market.entities.account import Balance
from market.entities.consortium import Consortium, ConsortiumState
from market.entities.job_states import Tone
from market.pages import words
from market.plan.statistics import BY_KIND
from market.policy.consortia.consortium import next_place
from market.portal.views.dataset import BudgetBar, budget_bar
from market.pricing.loss import loss_text
from market.records.agreement import must_not_collude
from market.records.consortium import Composition, Proposal, Seat
from market.services.jobs.read_budget import Budget

Came = Literal["invited", "joined", "consented", "bound", "left"]

STATES: Final[dict[ConsortiumState, tuple[str, Tone]]] = {
    "proposed": ("waits for members", "waiting"),
    "joined": ("waits for consents", "waiting"),
    "agreed": ("in force", "good"),
    "ended": ("ended", "over"),
}
"""Label and tone of each state."""

TONES: Final[dict[Came, Tone]] = {
    "invited": "waiting",
    "joined": "going",
    "consented": "good",
    "bound": "good",
    "left": "over",
}
COMPOSITIONS: Final[dict[Composition, str]] = {
    "union": "Rows of different people, at different members: every statistic runs over the rows "
    "of all tables together. How many rows each has, no member learns of another.",
    "join": "Different columns about the same people: two tables are matched by the person, and "
    "every statistic runs over the people who are in both. How many those are, the member without "
    "data learns.",
}


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One seat. Fingerprints are empty before it is taken; so is `budget` before a table is bound.

    `budget` is what the people in their table may lose in all, as their own policy says.
    """

    organisation: str
    holds: str
    came: Came
    owner_fingerprint: str
    agent_fingerprint: str
    is_reached_by: str
    budget: str
    has_data: bool
    is_approved_by_hand: bool


@dataclass(frozen=True, slots=True)
class Awaited:
    """What the consortium waits for: whose hand, for what, and the command that does it there."""

    organisation: str
    what: str
    command: str


def member_rows(consortium: Consortium) -> list[MemberRow]:
    """Every seat, in the order of its organisations."""
    return [_member_row(consortium, seat) for seat in consortium.proposal.record.seats]


def _member_row(consortium: Consortium, seat: Seat) -> MemberRow:
    proposal = consortium.proposal.record
    row = MemberRow(
        organisation=seat.organisation,
        holds=_holds(proposal, seat),
        came=_came(consortium, seat),
        owner_fingerprint="",
        agent_fingerprint="",
        is_reached_by="",
        budget="",
        has_data=seat.table is not None,
        is_approved_by_hand=False,
    )
    for joining in consortium.joinings:
        if joining.record.organisation == seat.organisation:
            row = replace(
                row,
                owner_fingerprint=PublicKey.parse(joining.signer).fingerprint(),
                agent_fingerprint=PublicKey.parse(joining.record.agent).fingerprint(),
                is_reached_by=joining.record.address or "the platform's relay",
            )
            if bound := consortium.binding_of(joining.record.agent):
                policy = bound.record.policy
                row = replace(
                    row,
                    budget=loss_text(policy.budget_rho_units, policy.delta),
                    is_approved_by_hand=policy.approval == "manual",
                )
    return row


def _holds(proposal: Proposal, seat: Seat) -> str:
    if seat.table is None:
        held = "no data"
    elif proposal.composition == "union":
        held = "rows"
    else:
        held = ", ".join(column.name for column in proposal.schemas[seat.table].columns)
    return f"{held}; the platform's operator" if seat.is_operator else held


def _came(consortium: Consortium, seat: Seat) -> Came:
    organisation = seat.organisation
    bound = {one.record.agent for one in consortium.bindings}
    members = consortium.agreement.members if consortium.agreement else ()
    if any(one.record.organisation == organisation for one in consortium.departures):
        return "left"
    if any(one.organisation == organisation and one.agent in bound for one in members):
        return "bound"
    if any(one.record.organisation == organisation for one in consortium.consents):
        return "consented"
    return "invited" if organisation in consortium.open_seats else "joined"


def awaited(consortium: Consortium) -> list[Awaited]:
    """What it waits for before it can be asked; nothing where it can be."""
    return list(_awaited(consortium))


def _awaited(consortium: Consortium) -> Iterator[Awaited]:
    name = consortium.consortium
    if consortium.state == "ended":
        number, _ = next_place(consortium)
        what = f"propose agreement {number}, with whoever replaces the members that left"
        yield Awaited("any member", what, "market consortium propose PROPOSAL.toml")
        return
    for organisation in consortium.open_seats:
        yield Awaited(organisation, "take their seat", f"market consortium join {name}")
    for organisation in consortium.awaited_consents:
        what = "compare the keys below by another channel, and consent"
        yield Awaited(organisation, what, f"market consortium consent {name}")
    if consortium.state == "agreed":
        for member in consortium.unbound:
            command = f"market consortium bind {name} DECLARATION.toml TABLE"
            yield Awaited(member.organisation, "bind a table, which stays with them", command)


def sentence_of(consortium: Consortium) -> str:
    """Whose collusion breaks the promise: what all consent to."""
    return must_not_collude(consortium.proposal.record)


def terms_of(consortium: Consortium, currency: str) -> list[str]:
    """The terms of every question, one sentence each."""
    proposal = consortium.proposal.record
    policy = proposal.policy
    sold = ", ".join(BY_KIND[kind].plural for kind in policy.statistics)
    sentences = [
        f"May be asked: {sold}.",
        f"One run may cost up to {loss_text(policy.job_rho_units, policy.delta)}, of every "
        "member's people alike; the same question asked again costs again.",
    ]
    if proposal.intersection_rho_units:
        charge = loss_text(proposal.intersection_rho_units, policy.delta)
        sentences.append(f"Matching the tables costs {charge} in every run, besides.")
    if policy.price_cents:
        sentences.append(f"A run costs {words.money(policy.price_cents, currency)}.")
    return sentences


def own_budget(balance: Balance | None, delta: str) -> BudgetBar | None:
    """What the reader's own people have left; None for who has bound no table."""
    return budget_bar(Budget("people", balance, balance.cap_units), delta) if balance else None
