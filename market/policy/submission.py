"""What a person asks for with a job: the same four fields in form, command line and portal."""

from __future__ import annotations

from dataclasses import dataclass

from market.errors import Refused
from market.policy.commit import read_commit
from market.policy.epsilon import read_epsilon
from market.policy.texts import refuse_unreadable


@dataclass(frozen=True, slots=True)
class Submission:
    """The address of a git repository, a full commit hash, a dataset's id, an epsilon."""

    repository: str
    commit: str
    dataset: str
    epsilon: str

    def normal(self) -> Submission:
        """The same in normal form: what is stored, compared and sent on.

        Raises:
            Refused: `repository-missing`, `dataset-missing`, `text-unreadable`,
                `commit-malformed` or `epsilon-malformed`. Repository and dataset are looked up
                where they are used.
        """
        repository, dataset = (text.strip(" \t\r\n") for text in (self.repository, self.dataset))
        if not repository:
            raise Refused(
                "repository-missing",
                "No repository was given.",
                "Give the address it is fetched from, https://...: git remote get-url origin.",
            )
        if not dataset:
            raise Refused(
                "dataset-missing",
                "No dataset was chosen.",
                "Choose one: the form's list and `market dataset list` show them.",
            )
        refuse_unreadable("repository's address", repository)
        refuse_unreadable("dataset's id", dataset)
        return Submission(
            repository=repository,
            commit=read_commit(self.commit),
            dataset=dataset,
            epsilon=read_epsilon(self.epsilon),
        )
