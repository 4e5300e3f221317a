"""The published versions of the datasets a job asks, and which of them each party answers for."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.dataset import Dataset
from market.entities.job import NO_VERSION, Job
from market.policy.one_of_each import one_dataset
from market.records.manifest import Manifest
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class Part:
    """What one party answers for in a job.

    `party` is its key (hex); `datasets` are the versions whose manifests name it, in the job's
    order.
    """

    party: str
    datasets: tuple[Dataset, ...]

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        return tuple(dataset.manifest.record for dataset in self.datasets)

    @property
    def manifest_hashes(self) -> tuple[str, ...]:
        return manifest_hashes(self.datasets)

    @property
    def delta(self) -> str:
        """What its losses are told for as an epsilon: the first dataset's own."""
        return self.datasets[0].listing.record.policy.delta


def manifest_hashes(datasets: tuple[Dataset, ...]) -> tuple[str, ...]:
    """The hash of each version's manifest, in their order."""
    return tuple(dataset.listing.record.manifest_hash for dataset in datasets)


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
        MoreThanOne: it asks several. NotFound: `no-dataset`.
    """
    asked = one_dataset(job.datasets)
    return platform.catalogue.version(asked.dataset, asked.version)


def parts_of(platform: Platform, job: Job) -> tuple[Part, ...]:
    """What each party of a job answers for, in the job's order of parties."""
    return parts_among(datasets_of(platform, job), job.parties)


def parts_among(datasets: tuple[Dataset, ...], parties: tuple[str, ...]) -> tuple[Part, ...]:
    """What each of the parties answers for among these versions."""
    return tuple(
        Part(party, tuple(one for one in datasets if one.manifest.record.agent == party))
        for party in parties
    )
