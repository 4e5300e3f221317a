"""Whose program a job would run on this machine: the person's word against the platform's.

A job that this client submitted is compared with what it wrote down then. For any other the person
names repository and full commit themselves, or stands in a checkout that does. What the platform
says of either is compared with that, never taken for it: nothing is fetched before both agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crypto.canonical import Json
from market import wire
from market.client.kept.home import ClientHome
from market.client.questions.repository import Checkout, same_repository
from market.errors import Refused
from market.policy.submission.asked_ids import dataset_ids_text
from market.policy.submission.commit import read_commit
from market.policy.submission.submission import Submission


@dataclass(frozen=True, slots=True)
class PersonSays:
    """The program of a job in the person's own words; empty where they said nothing."""

    repository: str = ""
    commit: str = ""


def person_says(
    told: Submission, *, repository: str | None, commit: str | None, checkout: Checkout | None
) -> PersonSays:
    """What the person gave, completed by the checkout they stand in when it is of the repository.

    Args:
        told: the platform's word, by which nothing but the right checkout is recognised.
        checkout: of the folder the person stands in; None when that is none.

    Raises:
        Refused: `commit-malformed`.
    """
    said_repository = (repository or "").strip()
    said_commit = read_commit(commit) if commit else ""
    if checkout is not None and checkout.is_of(said_repository or told.repository):
        return PersonSays(said_repository or told.repository, said_commit or checkout.commit)
    return PersonSays(said_repository, said_commit)


def read_submission(home: ClientHome, answer: Mapping[str, Json]) -> tuple[Submission, bool]:
    """A job's submission as the platform tells it, and whether this client made it.

    Raises:
        Refused: `job-altered` when this client submitted something else.
    """
    is_members = answer["engine"] == "members"
    told = Submission(
        repository=str(answer["repository"]),
        commit=str(answer["commit"]),
        dataset=dataset_ids_text([str(asked["dataset"]) for asked in answer["datasets"]]),
        epsilon=str(answer["epsilon"]),
        recipient=str(answer["buyer"]) if is_members else "",
        verified=("yes" if answer["verified"] else "no") if is_members else "",
    )
    kept = home.read_job(str(answer["job"]), "submission.json")
    if kept is None:
        return told, False
    ours = wire.decode(Submission, kept)
    if is_members:
        # What was left empty is the platform's to fill in, as every client reads it.
        ours = replace(
            ours, recipient=ours.recipient or told.recipient, verified=ours.verified or "no"
        )
    for name in Submission.__slots__:
        if getattr(told, name) != getattr(ours, name):
            raise Refused(
                "job-altered",
                f"The platform says {name} {getattr(told, name)!r}; this client submitted "
                f"{getattr(ours, name)!r}.",
                "Do not sign. Cancel the job and submit it again; tell the dataset's owner.",
            )
    return told, True


def require_confirmed(job: str, told: Submission, said: PersonSays) -> None:
    """Return if the person named this very program.

    Raises:
        Refused: `program-unconfirmed` while they named no repository or no commit;
            `program-differs` when they named another than the platform does.
    """
    for what, theirs in (("repository", said.repository), ("commit", said.commit)):
        if not theirs:
            raise Refused(
                "program-unconfirmed",
                f"This client did not submit job {job}: building its plan runs a program on this "
                f"machine, and nobody here has said which {what} that is.",
                "Run it in your checkout of the program, or name what you asked with from your own "
                f"records: market sign {job} --repository ADDRESS --commit FULL-HASH",
            )
    if not same_repository(told.repository, said.repository):
        raise _differs(job, "repository", told.repository, said.repository)
    if told.commit != said.commit:
        raise _differs(job, "commit", told.commit, said.commit)


def _differs(job: str, what: str, platforms: str, persons: str) -> Refused:
    return Refused(
        "program-differs",
        f"The platform names {what} {platforms!r} for job {job}; you named {persons!r}. "
        "Nothing was fetched or run.",
        "If yours is what you asked with, do not sign: cancel the job and tell the dataset's "
        "owner. Else name what you asked with, by --repository and --commit.",
    )
