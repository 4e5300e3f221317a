"""What a job's page says: one timeline, what the job waits for, its price, its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crypto import canonical
from market import wire
from market.entities.dataset import Dataset
from market.entities.job import Job, JobEvent, State
from market.plan.plan import Plan
from market.records.receipt import CountersignedReceipt, Receipt
from market.records.signed import open_signed

TITLES: dict[State, str] = {
    "submitted": "Submitted",
    "planned": "Planned and priced",
    "requested": "Signed by the buyer",
    "approved": "Approved by the owner",
    "evaluated": "Computed over ciphertext",
    "released": "Released, sealed to the buyer",
    "refused": "Refused",
    "failed": "Failed",
    "expired": "Expired",
    "cancelled": "Cancelled",
}
LABELS: dict[State, str] = {
    "submitted": "planning",
    "planned": "waits for signature",
    "requested": "waits for approval",
    "approved": "computing",
    "evaluated": "waits for release",
    "released": "released",
    "refused": "refused",
    "failed": "failed",
    "expired": "expired",
    "cancelled": "cancelled",
}
TONES: dict[State, str] = {
    "submitted": "going",
    "planned": "waiting",
    "requested": "waiting",
    "approved": "going",
    "evaluated": "waiting",
    "released": "good",
    "refused": "bad",
    "failed": "bad",
    "expired": "bad",
    "cancelled": "over",
}
CANCELLABLE: frozenset[State] = frozenset({"submitted", "planned", "requested"})
_RUN_AGENT = "market agent run"
_WAY: tuple[State, ...] = (
    "submitted",
    "planned",
    "requested",
    "approved",
    "evaluated",
    "released",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline. `at` is None for what has not happened."""

    title: str
    text: str
    at: int | None
    kind: Literal["past", "now", "future", "bad", "good"]


@dataclass(frozen=True, slots=True)
class Wait:
    """What a running job waits for. `who` is a party; `command`, where not empty, does it."""

    who: Literal["buyer", "owner", "agent", "platform"]
    title: str
    text: str
    command: str


@dataclass(frozen=True, slots=True)
class QuotedCell:
    label: str
    error_at_capacity: str
    error_at_half: str


@dataclass(frozen=True, slots=True)
class QuotedStatistic:
    name: str
    kind: str
    unit: str
    rho_units: int
    cells: tuple[QuotedCell, ...]


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A stored quote (market.pricing.quote.Quote.to_json) as the page shows it."""

    rho_units: int
    delta: str
    outputs_count: int
    ciphertexts: int
    products: int
    statistics: tuple[QuotedStatistic, ...]


def timeline(job: Job, events: Sequence[JobEvent], now: Wait | None) -> list[Step]:
    """Everything that happened, what the job waits for now, and the steps still to come."""
    steps = [_happened(event) for event in events]
    if now is None:
        return steps
    following = _WAY[_WAY.index(job.state) + 1 :]
    steps.append(Step(now.title, now.text, None, "now"))
    steps.extend(Step(TITLES[state], "", None, "future") for state in following[1:])
    return steps


def _happened(event: JobEvent) -> Step:
    kind: Literal["past", "bad", "good"] = "past"
    if event.step == "released":
        kind = "good"
    elif event.step in ("refused", "failed", "expired", "cancelled"):
        kind = "bad"
    titles: dict[str, str] = {str(state): text for state, text in TITLES.items()}
    titles["late-release"] = "Released after its end"
    title = titles.get(event.step, event.step)
    return Step(title, event.text, event.at, kind)


def wait(job: Job, dataset: Dataset) -> Wait:
    """What a job that has not ended waits for."""
    if job.state == "submitted":
        text = "The commit is fetched and its plan built twice, without network and without data."
        return Wait("platform", "Building the plan", text, "")
    if job.state == "planned":
        text = (
            "The buyer's client builds the plan again, compares, and signs it. Without this "
            "signature nothing is computed."
        )
        return Wait("buyer", "Waits for the buyer's signature", text, f"market sign {job.job}")
    if job.state == "requested":
        if dataset.listing.record.policy.approval == "manual":
            text = "The owner reads the plan and approves it on their own machine."
            return Wait("owner", "Waits for the owner", text, f"market approve {job.job}")
        text = "The owner's agent checks the request against their policy and ledger."
        return Wait("agent", "Waits for the owner's agent", text, _RUN_AGENT)
    if job.state == "approved":
        text = "Spark adds and multiplies ciphertext. No key is there."
        return Wait("platform", "Computing over ciphertext", text, "")
    text = (
        "The owner's agent derives the noise, computes its share, and seals it to the buyer. "
        "It answers in fixed time slots."
    )
    return Wait("agent", "Waits for the owner's agent to release", text, _RUN_AGENT)


def plan_of(job: Job) -> Plan | None:
    """The stored plan, once there is one."""
    return wire.decode(Plan, job.plan.encode()) if job.plan is not None else None


def quote_of(job: Job) -> QuoteView | None:
    """The stored quote, once there is one."""
    if job.quote is None:
        return None
    quote = canonical.loads(job.quote.encode())
    return QuoteView(
        rho_units=quote["rho_units"],
        delta=quote["delta"],
        outputs_count=len(quote["outputs"]),
        ciphertexts=quote["work"]["ciphertexts"],
        products=quote["work"]["products"],
        statistics=tuple(
            QuotedStatistic(
                statistic["name"],
                statistic["kind"],
                statistic["unit"],
                statistic["rho_units"],
                tuple(
                    QuotedCell(
                        cell["label"],
                        _error(cell["error_at_capacity"]),
                        _error(cell["error_at_half"]),
                    )
                    for cell in statistic["cells"]
                ),
            )
            for statistic in quote["statistics"]
        ),
    )


def _error(half_width: str | None) -> str:
    return f"± {half_width}" if half_width is not None else "no bound"


def receipt_of(job: Job) -> Receipt | None:
    """The agent's receipt of a released job; its signature is verified in reading."""
    if job.receipt is None:
        return None
    both = wire.from_json(CountersignedReceipt, canonical.loads(job.receipt.encode()))
    return open_signed(Receipt, both.receipt.encode()).record
