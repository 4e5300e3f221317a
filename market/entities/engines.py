"""The two engines that answer a job, and what differs between them of a job's states.

    ciphertext   encrypted data: Spark computes, the owner's agent releases; of several owners asked
                 together, every owner's
    members      a consortium: its members compute together on data that stays with them

A job goes the same way through the same states; who is waited for, and in which words, differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal, get_args

from market.entities.job_states import (
    FACTS,
    NOTHING_SPENT,
    Expiry,
    Facts,
    InboxLine,
    State,
    WaitsFor,
)

Engine = Literal["ciphertext", "members"]
ENGINES: Final[tuple[Engine, ...]] = get_args(Engine)

_MEMBERS: Final[dict[State, Facts]] = {
    "planned": replace(
        FACTS["planned"],
        expiry=Expiry(
            "request-timeout", "The recipient's signed request did not come in time.", NOTHING_SPENT
        ),
        waits_for=WaitsFor(
            "buyer",
            "Waits for the recipient's signature",
            "The recipient's client verifies the agreement, builds the plan again, compares, and "
            "signs it. Without this signature no member computes.",
            "market sign {job}",
        ),
    ),
    "requested": replace(
        FACTS["requested"],
        title="Signed by the recipient",
        label="waits for approvals",
        advice="Every member approves, by their agent or by hand.",
        expiry=Expiry(
            "approval-timeout",
            "Not every member approved in time.",
            NOTHING_SPENT,
        ),
        waits_for=WaitsFor(
            "agent",
            "Waits for every member's agent",
            "Each member's agent checks the request against the agreement it holds, its policy and "
            "its ledger, and joins the session with a certificate of its own.",
            "market agent run",
        ),
        by_hand=WaitsFor(
            "owner",
            "Waits for the members",
            "A member approves by hand: they read the plan and approve it on their own machine.",
            "market approve {job}",
        ),
    ),
    "approved": replace(
        FACTS["approved"],
        title="Approved by every member",
        label="sealing",
        advice="The session is being sealed.",
        expiry=Expiry(
            "seal-timeout", "The session was not sealed while the approvals held.", NOTHING_SPENT
        ),
        waits_for=WaitsFor(
            "platform",
            "Sealing the session",
            "Every approval and certificate is verified again and bound into one digest, which "
            "each member makes for itself, too.",
        ),
    ),
    "evaluated": replace(
        FACTS["evaluated"],
        title="Sealed: members compute",
        label="members compute",
        advice="The members compute, and each releases its share.",
        expiry=Expiry(
            "release-timeout",
            "Not enough members released in time.",
            "Each member's receipt says what it was charged. Submit the job again.",
        ),
        at_deadline="then what members have delivered is handed out where it is enough, and else "
        "the job expires; who has computed has charged it",
        is_session=True,
        waits_for=WaitsFor(
            "agent",
            "Waits for the members to compute and release",
            "The members' agents connect to each other, debit their ledgers, compute, and each "
            "seals its share to the recipient.",
            "market agent run",
        ),
    ),
    "released": replace(
        FACTS["released"],
        title="Released, sealed to the recipient",
        inbox=InboxLine(
            "buyer",
            "open",
            "The result of {dataset} is sealed to you.",
            "market result open {job}",
        ),
    ),
}

_OWNERS: Final[dict[State, Facts]] = {
    "requested": replace(
        FACTS["requested"],
        label="waits for approvals",
        advice="Every owner, or their agent, approves.",
        expiry=Expiry(
            "approval-timeout", "Not every owner's approval came in time.", NOTHING_SPENT
        ),
        waits_for=WaitsFor(
            "agent",
            "Waits for every owner's agent",
            "Each owner's agent checks the request against its own owner's policy and ledger.",
            "market agent run",
        ),
        by_hand=WaitsFor(
            "owner",
            "Waits for the owners",
            "An owner approves by hand: they read the plan and approve it on their own machine.",
            "market approve {job}",
        ),
    ),
    "approved": replace(
        FACTS["approved"],
        title="Approved by every owner",
        waits_for=WaitsFor(
            "platform",
            "Computing over ciphertext",
            "Spark adds and multiplies ciphertext, each owner's under their own key. No key is "
            "there.",
        ),
    ),
    "evaluated": replace(
        FACTS["evaluated"],
        label="waits for releases",
        advice="Every owner's agent releases.",
        expiry=Expiry(
            "release-timeout",
            "Not every owner's agent released in time.",
            "Nothing opens. Each receipt there is says what its owner's people were charged; "
            "submitted again, the same question costs those nothing more.",
        ),
        at_deadline="then the job expires and nothing opens; those pay whose agents had released",
        waits_for=WaitsFor(
            "agent",
            "Waits for every owner's agent to release",
            "Each owner's agent derives noise of its own, computes its share, and seals it to the "
            "buyer. Nothing opens before all have. They answer in fixed time slots.",
            "market agent run",
        ),
    ),
}

_FACTS_OF: Final[dict[Engine, dict[State, Facts]]] = {
    "ciphertext": FACTS,
    "members": {**FACTS, **_MEMBERS},
}
_OF_OWNERS: Final[dict[State, Facts]] = {**FACTS, **_OWNERS}


def facts_of(engine: Engine, asked: int = 1) -> Mapping[State, Facts]:
    """What is known of each state of a job that this engine answers.

    Args:
        asked: how many owners' datasets it asks together; a consortium is asked alone.
    """
    return _OF_OWNERS if engine == "ciphertext" and asked > 1 else _FACTS_OF[engine]
