"""What is left when all faults are over and every job should have ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Balances = Mapping[str, tuple[int, int]]
"""By account: what is spent, and what is reserved."""


@dataclass(frozen=True, slots=True)
class JobSeen:
    """As the platform keeps it; `question` is the commit and epsilon it asked with, `request_hash`
    is empty where nobody signed it."""

    job: str
    state: str
    code: str
    question: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Receipted:
    """A receipt as one side keeps it: its place in the chain, and the signed text."""

    sequence: int
    request_hash: str
    buyer_account: str
    rho_units: int
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A release as one side keeps it: the signed texts of envelope and receipt."""

    job: str
    envelope: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Held:
    """A live reservation: its key, the account, and the units."""

    key: str
    account: str
    units: int


@dataclass(frozen=True, slots=True)
class Number:
    """One opened number, with the truth where it is defined, and the half-width it was said to be
    within 19 times of 20."""

    name: str
    opened: float | None
    truth: float | None
    error_95: float | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A result on its buyer's machine."""

    job: str
    question: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Freeze:
    """A portal that slept: whether it led when it fell asleep, whether the other led before it
    woke, and how many led once it had looked again."""

    portal: str
    led: bool
    other_led: bool
    leading_after: int


@dataclass(frozen=True, slots=True)
class Books:
    """What one side keeps: its ledger, its receipts, its releases."""

    balances: Balances
    held: tuple[Held, ...]
    receipts: tuple[Receipted, ...]
    sent: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one drill.

    Attributes:
        acknowledged: jobs that the portal told their buyer of.
        troubles: lines of logs that no error with a code accounts for, each with its process.
        refusals: what the buyer's client found wrong, by job.
    """

    acknowledged: tuple[str, ...]
    jobs: tuple[JobSeen, ...]
    platform: Books
    agent: Books
    opened: tuple[Opened, ...]
    freezes: tuple[Freeze, ...] = ()
    troubles: tuple[tuple[str, str], ...] = ()
    refusals: Mapping[str, str] = field(default_factory=dict)
