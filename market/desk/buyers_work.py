"""What a buyer had built since the desk was started: it lives in this process alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from market.client.questions.own_programs import OwnProgram
from market.client.questions.price_program import PricedPoint
from market.client.questions.rehearse import Rehearsal
from market.client.questions.sign_request import RequestToSign
from market.client.verify.asked_source import AskedSource
from market.plan.lowered import Lowered
from market.policy.submission.submission import Submission


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A program's rehearsal on the twin of what it asks."""

    program: OwnProgram
    source: AskedSource
    rehearsal: Rehearsal


@dataclass(frozen=True, slots=True)
class PricedProgram:
    """A program's plan, and its quotes at several epsilons.

    Attributes:
        text: of the program as it was priced.
        commit: where its checkout stood then; empty where it is in none.
        origin: the checkout's https address, where it has one.
        largest: the most that one job may ask for; `usual` what to begin with.
        jobs: what was submitted at this price, by what its form said.
    """

    program: OwnProgram
    source: AskedSource
    lowered: Lowered
    text: str
    commit: str
    origin: str
    largest: str
    usual: str
    curve: tuple[PricedPoint, ...]
    jobs: dict[Submission, str] = field(default_factory=dict)


@dataclass(slots=True)
class BuyersWork:
    """By the program's number, and by the job's id."""

    rehearsed: dict[str, Rehearsed] = field(default_factory=dict)
    priced: dict[str, PricedProgram] = field(default_factory=dict)
    to_sign: dict[str, RequestToSign] = field(default_factory=dict)
    submitting: Lock = field(default_factory=Lock)
