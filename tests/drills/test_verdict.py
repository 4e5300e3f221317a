"""Each rule of the verdict finds what breaks it, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drills.evidence import (
    Books,
    Evidence,
    Freeze,
    Held,
    JobSeen,
    Number,
    Opened,
    Receipted,
    Sent,
)
from drills.verdict import RULES, verdict

BUYER = "lineage/aa/1/buyer/bb"
PEOPLE = "lineage/aa/1"


def a_receipt(sequence: int, units: int = 5) -> Receipted:
    return Receipted(sequence, f"request-{sequence}", BUYER, units, f"receipt-{sequence}")


def a_book() -> Books:
    return Books(
        {PEOPLE: (7, 0), BUYER: (10, 0)},
        (),
        (a_receipt(1), a_receipt(2)),
        tuple(Sent(f"job-{n}", f"envelope-{n}", f"receipt-{n}") for n in (1, 2)),
    )


def opened(job: str, value: float, question: str = "asked") -> Opened:
    return Opened(job, question, (Number("rows", value, 100.0, 2.0),))


KEPT = Evidence(
    acknowledged=("job-1", "job-2"),
    jobs=(
        JobSeen("job-1", "released", "", "asked", "1"),
        JobSeen("job-2", "released", "", "asked", "2"),
        JobSeen("job-3", "failed", "run-lost", "asked", "3"),
    ),
    platform=a_book(),
    agent=a_book(),
    opened=(opened("job-1", 101.5), opened("job-2", 101.5)),
    freezes=(Freeze("portal-0", led=True, other_led=True, leading_after=1),),
)


def job(evidence: Evidence, **changes: str) -> Evidence:
    return replace(evidence, jobs=(*evidence.jobs[:2], replace(evidence.jobs[2], **changes)))


def agent(**changes: object) -> Evidence:
    return replace(KEPT, agent=replace(KEPT.agent, **changes))


def both(**changes: object) -> Evidence:
    return replace(agent(**changes), platform=replace(KEPT.platform, **changes))


def platform(**changes: object) -> Evidence:
    return replace(KEPT, platform=replace(KEPT.platform, **changes))


def spent(units: int, account: str = BUYER) -> dict[str, tuple[int, int]]:
    return {**KEPT.agent.balances, account: (units, 0)}


def held(key: str) -> dict[str, object]:
    balances = {PEOPLE: (7, 3), BUYER: (10, 0)}
    return {"balances": balances, "held": (Held(key, PEOPLE, 3),)}


def frozen(**changes: object) -> Evidence:
    return replace(KEPT, freezes=(replace(KEPT.freezes[0], **changes),))


BROKEN: dict[str, tuple[str, Callable[[], Evidence]]] = {
    "gone": ("no job is lost", lambda: replace(KEPT, acknowledged=("job-9",))),
    "under way": (
        "every job ends, with a code",
        lambda: job(KEPT, state="approved", code=""),
    ),
    "no code": ("every job ends, with a code", lambda: job(KEPT, code="")),
    "two receipts for one request": (
        "one release for each request",
        lambda: both(receipts=(a_receipt(1), replace(a_receipt(2), request_hash="request-1"))),
    ),
    "a gap": (
        "one chain of receipts",
        lambda: both(receipts=(a_receipt(1), replace(a_receipt(2), sequence=3))),
    ),
    "other receipts": (
        "one chain of receipts",
        lambda: platform(receipts=(a_receipt(1), replace(a_receipt(2), text="another"))),
    ),
    "another envelope": (
        "what is sent again is the same bytes",
        lambda: platform(sent=(KEPT.agent.sent[0], Sent("job-2", "other", "receipt-2"))),
    ),
    "platform spent more": (
        "both ledgers are the sum of the receipts",
        lambda: platform(balances=spent(11)),
    ),
    "both spent more than the receipts": (
        "both ledgers are the sum of the receipts",
        lambda: both(balances=spent(11)),
    ),
    "people were charged by one side": (
        "both ledgers are the sum of the receipts",
        lambda: agent(balances=spent(8, PEOPLE)),
    ),
    "reserved for nothing": (
        "nothing stays reserved",
        lambda: platform(balances={PEOPLE: (7, 3), BUYER: (10, 0)}),
    ),
    "held for an ended job": (
        "nothing stays reserved",
        lambda: platform(**held("request/3")),
    ),
    "held by the agent for a released job": (
        "nothing stays reserved",
        lambda: agent(**held("request/2")),
    ),
    "wrong": (
        "every answer is right within its error",
        lambda: replace(KEPT, opened=(opened("job-1", 110), opened("job-2", 110))),
    ),
    "other noise": (
        "one question, one noise",
        lambda: replace(KEPT, opened=(opened("job-1", 101), opened("job-2", 102))),
    ),
    "not opened": ("every release opens", lambda: replace(KEPT, opened=KEPT.opened[:1])),
    "nobody took the lead": ("one portal leads", lambda: frozen(other_led=False)),
    "two lead": ("one portal leads", lambda: frozen(leading_after=2)),
    "a trace": (
        "errors have codes",
        lambda: replace(KEPT, troubles=(("portal-0", "Traceback (most recent call last):"),)),
    ),
}


def test_kept_promises_leave_nothing_to_find() -> None:
    assert verdict(KEPT) == ()


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_promise_is_found_by_its_rule_alone(broken: str) -> None:
    rule, evidence = BROKEN[broken]
    assert {finding.rule for finding in verdict(evidence())} == {rule}


def test_approval_of_a_job_that_ended_binds_its_agent_until_it_expires() -> None:
    assert verdict(agent(**held("request/3"))) == ()


def test_what_openings_tell_of_a_key_is_the_agents_alone() -> None:
    assert verdict(agent(balances=spent(10, "key/cc/flooding"))) == ()


def test_second_release_of_a_job_is_found() -> None:
    twice = (*KEPT.agent.sent, KEPT.agent.sent[0])
    rules = {finding.rule for finding in verdict(both(sent=twice))}
    assert "one release for each request" in rules


def test_every_rule_can_be_broken() -> None:
    assert {rule for rule, _ in BROKEN.values()} == RULES.keys()


def test_what_the_client_said_is_told() -> None:
    refused = replace(KEPT, opened=KEPT.opened[:1], refusals={"job-2": "result-invalid: no"})
    assert [finding.seen for finding in verdict(refused)] == ["job-2: result-invalid: no"]
