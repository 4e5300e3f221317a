"""The published versions of the datasets a job asks."""

from __future__ import annotations

from market.entities.dataset import Dataset
from market.entities.job import NO_VERSION, Job
from market.services.platform import Platform


def datasets_of(platform: Platform, job: Job) -> tuple[Dataset, ...]:
    """The versions a job asks, in its order; those that exist."""
    return tuple(
        platform.catalogue.version(asked.dataset, asked.version)
        for asked in job.datasets
        if asked.version != NO_VERSION
    )


def dataset_of(platform: Platform, job: Job) -> Dataset:
    """The version of the one dataset a job asks.

    Raises:
        NotFound: `no-dataset`.
    """
    return platform.catalogue.version(job.asked.dataset, job.asked.version)
