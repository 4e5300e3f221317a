"""What a person asks for with a job: one record in form, command line and portal.

Between them it travels as one JSON object, which is made and read here and nowhere else. A form
that somebody filled in may hold anything, half characters too, so reading it and bringing it to its
normal form are two steps.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from crypto.canonical import Json
from crypto.errors import FormatError
from market import wire
from market.errors import Refused
from market.plan.text import readable
from market.policy.budget.epsilon import read_epsilon
from market.policy.submission.asked_ids import dataset_ids_text, read_dataset_ids
from market.policy.submission.bundle_address import normal_repository
from market.policy.submission.commit import read_commit
from market.policy.texts import refuse_unreadable

_MAY_BE_EMPTY: Final = ("recipient", "verified")


@dataclass(frozen=True, slots=True)
class Submission:
    """The address of a git repository, a full commit hash, a dataset's id, an epsilon.

    Instead of an address `repository` may name a bundle that was sent before
    (market.policy.submission.bundle_address).

    In `dataset` stand the ids of several owners' datasets with commas between where they are asked
    together: for a form they are one choice of its list.

    Where it is a consortium, `recipient` is the user id of whom the answer is for, by default who
    submits, and `verified` says `yes` or `no`: whether members verify each other's arithmetic. Both
    are empty for a dataset.
    """

    repository: str
    commit: str
    dataset: str
    epsilon: str
    recipient: str = ""
    verified: str = ""

    @property
    def datasets(self) -> tuple[str, ...]:
        """The ids in `dataset`, in ascending order (raises Refused, as `normal`)."""
        return read_dataset_ids(self.dataset)

    def to_json(self) -> dict[str, str]:
        """The record as one JSON object of texts; without what may be left empty and is."""
        members: dict[str, str] = wire.to_json(self)
        return {k: text for k, text in members.items() if text or k not in _MAY_BE_EMPTY}

    @classmethod
    def from_json(cls, value: Json) -> Submission:
        """The record out of such an object, with its texts as they are.

        Raises:
            Refused: `submission-malformed`: it has other members, or one that is not a text.
        """
        if isinstance(value, dict):
            value = dict.fromkeys(_MAY_BE_EMPTY, "") | value
        try:
            return wire.from_json(cls, value)
        except FormatError as error:
            raise Refused(
                "submission-malformed",
                f"This is not a submission: {error}.",
                "Submit with `market submit`, or with your organisation's form.",
            ) from error

    @classmethod
    def from_text(cls, text: str) -> Submission:
        """The record out of an object's JSON text, as a run's step is given it (raises Refused)."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        return cls.from_json(value)

    def normal(self) -> Submission:
        """The same in normal form: what is stored, compared and sent on.

        Raises:
            Refused: `repository-missing`, `dataset-missing`, `dataset-twice`, `text-unreadable`,
                `commit-malformed`, `epsilon-malformed` or `verified-malformed`. Repository,
                datasets and recipient are looked up where they are used.
        """
        repository = normal_repository(self.repository)
        if not repository:
            raise Refused(
                "repository-missing",
                "No repository was given.",
                "Give the address it is fetched from, https://...: git remote get-url origin; or "
                "send the commit itself: market submit DIRECTORY.",
            )
        dataset = dataset_ids_text(self.datasets)
        refuse_unreadable("repository's address", repository)
        recipient, verified = (text.strip(" \t\r\n") for text in (self.recipient, self.verified))
        refuse_unreadable("recipient", recipient)
        if verified not in ("", "yes", "no"):
            raise Refused(
                "verified-malformed",
                f"Verified is {readable(verified):.40}, expected yes or no.",
                "Say yes to have members verify each other's arithmetic, else no.",
            )
        return Submission(
            repository=repository,
            commit=read_commit(self.commit),
            dataset=dataset,
            epsilon=read_epsilon(self.epsilon),
            recipient=recipient,
            verified=verified,
        )
