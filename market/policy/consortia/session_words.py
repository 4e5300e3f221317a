"""What a question to a consortium does, in words: who computes, what each step is, who learns what.

It stands above the plan in words (market.plan.human) wherever somebody signs or approves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from market.plan.factors import variables_of
from market.plan.human import owners_text
from market.plan.lowered import Lowered
from market.plan.moments import Opened
from market.plan.plan import NoiseLaw
from market.plan.text import readable
from market.records.agreement import Agreement, Member
from market.records.consortium import Proposal

_NOISE: dict[NoiseLaw, str] = {
    "gaussian": "each of the {members} members adds its share; any {honest} shares are enough",
    "laplace": "the first {drawing} members by key each add the whole of it; one of them is honest",
}


def describe_session(
    agreement: Agreement, lowered: Lowered, *, is_verified: bool, recipient: str
) -> str:
    """Lines to show before anyone signs or approves.

    Args:
        recipient: fingerprint of the identity key that the result is sealed to.
    """
    return "\n".join(_lines(agreement, lowered, is_verified, recipient))


def _lines(
    agreement: Agreement, lowered: Lowered, is_verified: bool, recipient: str
) -> Iterator[str]:
    proposal = agreement.proposal
    members, threshold = len(agreement.members), proposal.threshold
    yield f"Consortium: {proposal.consortium}, agreement {proposal.number}"
    yield f"Who must not collude: {readable(agreement.sentence)}"
    yield (
        f"Members: {members}, at most {threshold} of them colluding; data stays at its member, "
        "and every member computes"
    )
    for member in agreement.members:
        yield f"  {_who(member)}"
    yield f"Tables: {_tables(proposal)}"
    yield (
        "Arithmetic: verified, whoever cheats breaks the run off"
        if is_verified
        else "Arithmetic: not verified; a member who cheats can spoil the result unnoticed"
    )
    noise = _NOISE[lowered.plan.law].format(
        members=members, honest=members - threshold, drawing=threshold + 1
    )
    yield f"Noise: {lowered.plan.law}, made by the members: {noise}"
    yield f"Sealed to: {recipient}, one share from every member; nobody else opens it"
    yield "Steps, by the numbers of the sums below"
    for step, numbers in _steps(proposal, lowered.opened).items():
        yield f"  {_ranges(numbers)}: {step}"
    yield "What each learns"
    for member in agreement.members:
        yield f"  {owners_text(member.organisation)}: {_learns(proposal, member)}"


def _who(member: Member) -> str:
    data = "" if member.table is not None else ", without data"
    operator = ", the operator of the platform" if member.is_operator else ""
    return f"{owners_text(member.organisation)}{operator}{data}"


def _tables(proposal: Proposal) -> str:
    if proposal.composition == "union":
        return "a union, rows of different people at different members"
    return (
        "a join, columns about the same people at two members; every run is charged for the "
        "intersection besides"
    )


def _steps(proposal: Proposal, opened: Sequence[Opened]) -> dict[str, list[int]]:
    """What is done, and the numbers, from 1, of the sums for which it is."""
    steps: dict[str, list[int]] = {}
    for number, one in enumerate(opened, start=1):
        steps.setdefault(_step(proposal, one), []).append(number)
    return steps


def _step(proposal: Proposal, opened: Opened) -> str:
    if proposal.composition == "union":
        return "union; every member sums its own rows, and the sums are added in shares"
    columns = _columns(opened)
    if not columns:
        return "join; the people in common are counted in shares"
    homes = [{column.name for column in schema.columns} for schema in proposal.schemas]
    if any(columns <= home for home in homes):
        return "join; columns of one member, over the people in common, in shares"
    return "join; columns of both members, multiplied row by row in shares"


def _columns(opened: Opened) -> set[str]:
    """The names of the table's columns that what is opened is made of."""
    factors = (factor for _, moment in opened.terms for factor in moment)
    return {variable.column for factor in factors for variable in variables_of(factor)}


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers, neighbours drawn together: `1, 3-5`."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in found)


def _learns(proposal: Proposal, member: Member) -> str:
    if proposal.composition == "union":
        return "nothing but its own"
    if member.table is None:
        return "how many people the other two have in common, and neither who nor anything of them"
    return "nothing but its own; not which of its people the other has"
