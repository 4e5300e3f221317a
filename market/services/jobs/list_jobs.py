"""The jobs somebody has to do with: asked by their organisation, or on data they own.

Lists that people read come by the page, newest first; `after` is the job behind which one begins,
empty for the first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from market.entities.consortium import Consortium
from market.entities.documents import Documents
from market.entities.job import AskedDataset, Job, Place
from market.entities.job_states import AGENT_STATES
from market.entities.jobs_wanted import ALL_JOBS, JobsWanted
from market.entities.people import Names, User
from market.services.access.appoint_agent import appointment_text
from market.services.authorize import own_dataset, part_of, visible_job
from market.services.platform import Platform
from market.services.read_names import names_of
from market.services.sources import Part, datasets_of

PAGE_JOBS: Final = 50
MOST_JOBS: Final = 500


@dataclass(frozen=True, slots=True)
class JobPage:
    """`older` is the job after which the next page begins, empty where this is the last one;
    `names` are of those who asked."""

    jobs: tuple[Job, ...]
    older: str
    names: Names


@dataclass(frozen=True, slots=True)
class JobForAgent:
    """A job, the part of it that the agent answers for, and what the job carries.

    `appointments` are the newest words of the other datasets' owners on their agents, in the job's
    order.
    """

    job: Job
    part: Part
    documents: Documents

    appointments: tuple[str, ...]

    @property
    def joins(self) -> list[str]:
        """Every member's joining of a consortium's session, in order; none before all have joined,
        and of encrypted data."""
        texts = self.documents.by_party("join")
        parties = self.job.parties
        return [texts[party] for party in parties] if set(parties) <= set(texts) else []


def jobs_asked(
    platform: Platform,
    user: User,
    *,
    after: str = "",
    limit: int = PAGE_JOBS,
    wanted: JobsWanted = ALL_JOBS,
) -> JobPage:
    """Jobs of the user's organisation, up to `limit` and never over MOST_JOBS.

    Raises:
        NotFound: `no-job`: `after` is no job the user may see.
    """
    place, limit = _place(platform, user, after), min(limit, MOST_JOBS)
    found = platform.jobs.page_of_organisation(
        user.organisation, after=place, limit=limit + 1, wanted=wanted
    )
    return _page(platform, found, limit)


def jobs_on_own_data(
    platform: Platform,
    user: User,
    *,
    after: str = "",
    limit: int = PAGE_JOBS,
    wanted: JobsWanted = ALL_JOBS,
) -> JobPage | None:
    """Jobs on the user's datasets and of their consortia, as `jobs_asked`; None for who has none.

    Raises:
        NotFound: `no-job`: `after` is no job the user may see.
    """
    owned = owned_names(platform, user)
    if not owned:
        return None
    place, limit = _place(platform, user, after), min(limit, MOST_JOBS)
    found = platform.jobs.page_of_datasets(owned, after=place, limit=limit + 1, wanted=wanted)
    return _page(platform, found, limit)


def jobs_on_dataset(platform: Platform, user: User, dataset: str, *, limit: int) -> JobPage:
    """The newest jobs on a dataset of the user's.

    Raises:
        NotFound: there is none of this id. NotPermitted: it is another's.
    """
    own_dataset(platform, user, dataset)
    found = platform.jobs.page_of_datasets([dataset], after=None, limit=limit + 1)
    return _page(platform, found, limit)


def jobs_of_consortium(
    platform: Platform, user: User, consortium: Consortium, *, after: str = ""
) -> JobPage:
    """Jobs under one agreement of a consortium whose member the user is, as `jobs_asked`.

    Raises:
        NotFound: `no-job`: `after` is no job the user may see.
    """
    place = _place(platform, user, after)
    found = platform.jobs.page_of_datasets(
        [consortium.consortium], after=place, limit=PAGE_JOBS + 1
    )
    page = _page(platform, found, PAGE_JOBS)
    asked = AskedDataset(consortium.consortium, consortium.number)
    # What was asked under another agreement is its members' alone.
    return replace(page, jobs=tuple(job for job in page.jobs if asked in job.datasets))


def jobs_for_agent(platform: Platform, user: User) -> list[JobForAgent]:
    """Jobs on the user's data that wait for their own agent, to approve or to release, oldest
    first; not those that wait for other parties alone."""
    found = []
    for job in platform.jobs.of_datasets(owned_names(platform, user), AGENT_STATES):
        kept = platform.jobs.documents(job.job)
        part = part_of(platform, user, job)
        if part is not None and kept.awaits(part.party, job.parties, job.state):
            found.append(JobForAgent(job, part, kept, _others_words(platform, job, part)))
    return found


def _others_words(platform: Platform, job: Job, part: Part) -> tuple[str, ...]:
    others = [
        dataset
        for dataset in datasets_of(platform, job)
        if dataset.manifest.record.agent != part.party
    ]
    return tuple(appointment_text(platform, dataset.owner) for dataset in others)


def owned_names(platform: Platform, user: User) -> list[str]:
    """Ids of what their agent answers for, or did: datasets and consortia."""
    return platform.catalogue.ids_of_owner(user.user) + [
        found.consortium for found in platform.consortia.of_organisation(user.organisation)
    ]


def _place(platform: Platform, user: User, after: str) -> Place | None:
    if not after:
        return None
    job = visible_job(platform, user, after)
    return Place(job.created_at, job.job)


def _page(platform: Platform, found: list[Job], limit: int) -> JobPage:
    """Of one more than fit, so that it is known whether there are older ones."""
    shown = tuple(found[:limit])
    older = shown[-1].job if len(found) > limit else ""
    return JobPage(shown, older, names_of(platform, told=shown))
