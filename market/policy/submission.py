"""What a person asks for with a job: the same four fields in form, command line and portal."""

from __future__ import annotations

from dataclasses import dataclass

from market.policy.commit import read_commit
from market.policy.epsilon import read_epsilon


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
            Refused: `commit-malformed` or `epsilon-malformed`. Repository and dataset are looked
                up where they are used.
        """
        return Submission(
            repository=self.repository.strip(" \t\r\n"),
            commit=read_commit(self.commit),
            dataset=self.dataset.strip(" \t\r\n"),
            epsilon=read_epsilon(self.epsilon),
        )
