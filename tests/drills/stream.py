"""The buyer: keeps a few jobs under way, signs what is priced, opens what is sealed to them.

They try again, as a person would, whenever something does not answer. A job that they were not told
of, since the answer was lost on the way, is theirs all the same: they find it on their list.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from crypto.secret import Secret
from drills.evidence import Number, Opened
from drills.questions import Question
from drills.record import Record
from market.adapters.repository import FetchLimits
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.client.questions.confirm_program import PersonSays
from market.client.questions.sign_request import review, send, sign
from market.client.questions.submit_program import submit
from market.client.results.open_result import open_job
from market.demo.comparison import compare
from market.entities.job_states import TERMINAL
from market.errors import MarketError, Unavailable
from market.policy.submission.submission import Submission
from market.records.listing import Listing
from market.records.signed import open_signed

_PAGE: Final = 200
_PAUSE_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 5.0
"""Before what did not answer is asked again."""


@dataclass
class Buyer:
    """One buyer with their client's home. `table` is what the owner published.

    Attributes:
        at_once: how many of their jobs are under way at most.
        came_further_at: when one of them last changed its state, on the monotonic clock.
    """

    home: ClientHome
    dataset: str
    questions: Sequence[Question]
    table: pd.DataFrame
    record: Record
    at_once: int
    acknowledged: list[str] = field(default_factory=list)
    opened: dict[str, Opened] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    came_further_at: float = 0.0

    @classmethod
    def at(cls, path: Path, **rest: Any) -> Buyer:
        """The buyer who is signed in at a client's home."""
        return cls(ClientHome(path), **rest)

    def __post_init__(self) -> None:
        account = self.home.account()
        self._portal = PortalClient(account.url, account.token)
        self._platform_key = account.platform_key
        self._keyring = Keyring(self.home, _no_passphrase)
        self._by_commit = {question.commit: question for question in self.questions}

    @property
    def commits(self) -> frozenset[str]:
        """By which the stream's jobs are known."""
        return frozenset(self._by_commit)

    @property
    def has_asked(self) -> bool:
        return len(self.acknowledged) == len(self.questions)

    @property
    def is_done(self) -> bool:
        """Whether everything was asked, has ended, and what was released is open."""
        released = {job for job, state in self.states.items() if state == "released"}
        has_ended = all(state in TERMINAL for state in self.states.values())
        return self.has_asked and has_ended and released <= self.opened.keys() | self.refusals

    def go_on(self) -> None:
        """One look at the list, and what there is to do; then a pause."""
        pause_seconds = _PATIENCE_SECONDS
        try:
            jobs = self._jobs()
            for job in jobs:
                self._attend(job)
            under_way = sum(job["state"] not in TERMINAL for job in jobs)
            if under_way < self.at_once and not self.has_asked:
                self._submit(self.questions[len(self.acknowledged)])
            pause_seconds = _PAUSE_SECONDS
        except Unavailable as error:
            self.record.note("unavailable", code=error.code)
        except MarketError as error:
            self.record.note("turned-away", code=error.code, message=error.message)
        time.sleep(pause_seconds)

    def close(self) -> None:
        self._portal.close()

    def _jobs(self) -> list[dict[str, Any]]:
        """Those of the stream, newest first."""
        listed = self._portal.get("jobs", limit=str(_PAGE))
        jobs = [job for job in listed if job["commit"] in self.commits]
        for job in jobs:
            state = job["state"]
            if self.states.get(job["job"]) != state:
                self.states[job["job"]] = state
                self.came_further_at = time.monotonic()
                self.record.note("state", job=job["job"], state=state, code=job["code"])
        return jobs

    def _submit(self, question: Question) -> None:
        asked = Submission(question.repository, question.commit, self.dataset, question.epsilon)
        answer = submit(self._portal, self.home, asked)
        self.acknowledged.append(str(answer["job"]))
        self.record.note("submitted", job=answer["job"], question=question.name)

    def _attend(self, job: dict[str, Any]) -> None:
        name = job["job"]
        if name in self.refusals:
            return
        try:
            if job["state"] == "planned":
                self._sign(name)
            elif job["state"] == "released" and name not in self.opened:
                self._open(name)
        except Unavailable as error:
            self.record.note("unavailable", job=name, code=error.code)
        except MarketError as error:
            # A person who is refused reads why, and does not ask again.
            self.record.note("refused", job=name, code=error.code, message=error.message)
            self.refusals[name] = f"{error.code}: {error.message}"

    def _sign(self, job: str) -> None:
        answer = self._portal.get(f"jobs/{job}")
        if answer["state"] != "planned":
            return
        asked = self._by_commit[answer["commit"]]
        question = review(
            self.home,
            answer,
            FetchLimits(allow_file=True),
            signer=self._keyring.identity().public,
            said=PersonSays(asked.repository, asked.commit),
        )
        text = sign(self.home, self._keyring, question, now=int(time.time()))
        send(self._portal, job, text)

    def _open(self, job: str) -> None:
        told = self._portal.get(f"jobs/{job}")
        data = self._portal.get_bytes(f"jobs/{job}/bundle")
        result = open_job(self.home, self._keyring, job, data, platform_key=self._platform_key)
        listing = open_signed(Listing, told["publications"][0]["listing"].encode()).record
        document: Any = result.to_json()
        quote = json.loads(told["quote"])
        lines = compare(told["plan"], listing.schema, self.table, quote, document["answers"])
        numbers = tuple(
            Number(f"{line.statistic} {line.cell}".strip(), line.opened, line.truth, line.error_95)
            for line in lines
        )
        self.opened[job] = Opened(job, f"{told['commit']}@{told['epsilon']}", numbers)
        self.record.note("opened", job=job)


def _no_passphrase() -> Secret:
    raise AssertionError("a drill's keys open with a key file")
