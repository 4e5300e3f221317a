"""What of a drill's evidence breaks a promise. Pure; nothing broken is an empty verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from drills.evidence import Books, Evidence, Opened
from market.entities.job_states import BAD_ENDS, TERMINAL
from market.policy.budget.accounts import flooding_account, is_buyer_account
from market.vault.store.spending import reservation_of

SAFE: Final = 3.5
"""A 95 % half-width times this is seven standard deviations."""


_OF_A_KEY: Final = flooding_account("").partition("/")[0] + "/"
"""What openings tell of a key is the agent's alone to count."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise: its rule, and what was seen instead."""

    rule: str
    seen: str


def verdict(evidence: Evidence) -> tuple[Finding, ...]:
    """Every broken promise, rule by rule."""
    return tuple(Finding(rule, seen) for rule, look in RULES.items() for seen in look(evidence))


def _lost(evidence: Evidence) -> Iterator[str]:
    known = {job.job for job in evidence.jobs}
    yield from (f"{job} was acknowledged and is gone" for job in evidence.acknowledged
                if job not in known)  # fmt: skip


def _unended(evidence: Evidence) -> Iterator[str]:
    for job in evidence.jobs:
        if job.state not in TERMINAL:
            yield f"{job.job} is still {job.state}"
        elif job.state in BAD_ENDS and not job.code:
            yield f"{job.job} is {job.state} without a code"


def _released_twice(evidence: Evidence) -> Iterator[str]:
    for side, books in _sides(evidence):
        requests = Counter(receipt.request_hash for receipt in books.receipts)
        yield from (f"{side}: request {hash_} has {count} receipts"
                    for hash_, count in requests.items() if count > 1)  # fmt: skip
        jobs = Counter(sent.job for sent in books.sent)
        yield from (f"{side}: {job} has {count} releases"
                    for job, count in jobs.items() if count > 1)  # fmt: skip
        if len(books.receipts) != len(books.sent):
            yield f"{side}: {len(books.receipts)} receipts of {len(books.sent)} releases"


def _chain(evidence: Evidence) -> Iterator[str]:
    for side, books in _sides(evidence):
        numbers = sorted(receipt.sequence for receipt in books.receipts)
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{side}: the chain's numbers are {numbers}"
    if {receipt.text for receipt in evidence.platform.receipts} != {
        receipt.text for receipt in evidence.agent.receipts
    }:
        yield "the two sides keep different receipts"


def _same_bytes(evidence: Evidence) -> Iterator[str]:
    told = {sent.job: sent for sent in evidence.agent.sent}
    for sent in evidence.platform.sent:
        if told.get(sent.job) != sent:
            yield f"{sent.job}: the platform keeps other bytes than its agent sent"
    for job in evidence.jobs:
        for side, books in _sides(evidence):
            if job.state == "released" and job.job not in {sent.job for sent in books.sent}:
                yield f"{job.job} is released, and the {side} has no release of it"


def _ledgers(evidence: Evidence) -> Iterator[str]:
    due: Counter[str] = Counter()
    for receipt in evidence.agent.receipts:
        due[receipt.buyer_account] += receipt.rho_units
    ours, theirs = evidence.platform.balances, evidence.agent.balances
    for account in sorted(ours.keys() | theirs.keys() | due.keys()):
        if account.startswith(_OF_A_KEY):
            continue
        spent = {side: books.get(account, (0, 0))[0] for side, books in
                 (("platform", ours), ("agent", theirs))}  # fmt: skip
        if is_buyer_account(account):
            spent["receipts"] = due[account]
        if len(set(spent.values())) > 1:
            yield f"{account}: spent by {spent}"


def _left_reserved(evidence: Evidence) -> Iterator[str]:
    """An agent's approval binds it until it expires, whatever the platform says of the job: what
    it holds for one that ended badly is given back then, and nothing else may be held."""
    unreleased = {
        reservation_of(job.request_hash) for job in evidence.jobs if job.state in BAD_ENDS
    }
    for side, books in _sides(evidence):
        held: Counter[str] = Counter()
        for one in books.held:
            held[one.account] += one.units
            if side == "platform" or one.key not in unreleased:
                yield f"{side}: {one.units} units of {one.account} are still held for {one.key}"
        for account, (_, reserved) in sorted(books.balances.items()):
            if reserved != held[account]:
                yield f"{side}: {account} has {reserved} reserved, and {held[account]} held"


def _wrong(evidence: Evidence) -> Iterator[str]:
    for opened in evidence.opened:
        for number in opened.numbers:
            if number.opened is None or number.truth is None or number.error_95 is None:
                continue
            if abs(number.opened - number.truth) > SAFE * number.error_95:
                yield (
                    f"{opened.job} {number.name}: {number.opened}, in truth {number.truth}, "
                    f"said to be within {number.error_95}"
                )


def _other_noise(evidence: Evidence) -> Iterator[str]:
    by_question: dict[str, list[Opened]] = defaultdict(list)
    for opened in evidence.opened:
        by_question[opened.question].append(opened)
    for question, again in by_question.items():
        if len({opened.numbers for opened in again}) > 1:
            jobs = ", ".join(opened.job for opened in again)
            yield f"question {question[:12]} was answered with different noise in {jobs}"


def _unopened(evidence: Evidence) -> Iterator[str]:
    opened = {one.job for one in evidence.opened}
    for job in evidence.jobs:
        if job.state == "released" and job.job not in opened:
            yield f"{job.job}: {evidence.refusals.get(job.job, 'nobody opened it')}"


def _leases(evidence: Evidence) -> Iterator[str]:
    for freeze in evidence.freezes:
        if freeze.led and not freeze.other_led:
            yield f"{freeze.portal} slept with the lead, and nobody took it"
        if freeze.leading_after != 1:
            yield f"{freeze.leading_after} portals led after {freeze.portal} had woken"


def _troubles(evidence: Evidence) -> Iterator[str]:
    yield from (f"{process}: {line}" for process, line in evidence.troubles)


def _sides(evidence: Evidence) -> tuple[tuple[str, Books], ...]:
    return ("platform", evidence.platform), ("agent", evidence.agent)


RULES: Final = {
    "no job is lost": _lost,
    "every job ends, with a code": _unended,
    "one release for each request": _released_twice,
    "one chain of receipts": _chain,
    "what is sent again is the same bytes": _same_bytes,
    "both ledgers are the sum of the receipts": _ledgers,
    "nothing stays reserved": _left_reserved,
    "every answer is right within its error": _wrong,
    "one question, one noise": _other_noise,
    "every release opens": _unopened,
    "one portal leads": _leases,
    "errors have codes": _troubles,
}
