"""Pause, resume or withdraw a dataset: new jobs stop, waiting ones end with a code."""

from __future__ import annotations

from market.errors import Conflict
from market.ports.catalogue import Standing
from market.ports.people import User
from market.services.authorize import own_dataset
from market.services.end_job import end_job
from market.services.platform import Platform
from market.services.refresh_forms import refresh_forms


def change_standing(
    platform: Platform, user: User, dataset_id: str, standing: Standing, *, now: int
) -> None:
    """Set a dataset's standing.

    A job whose evaluation or release is under way goes on: its question was approved.

    Raises:
        NotPermitted: the user does not own the dataset.
        Conflict: a withdrawn dataset stays withdrawn.
    """
    dataset = own_dataset(platform, user, dataset_id)
    if dataset.standing == "withdrawn" and standing != "withdrawn":
        raise Conflict(
            "dataset-withdrawn",
            f"Dataset {dataset_id} was withdrawn for good.",
            "Publish it as a new dataset; the budget of its people stays what it was.",
        )
    platform.catalogue.set_standing(dataset_id, standing, now=now)
    if standing != "listed":
        for job in platform.jobs.of_datasets([dataset_id], ["submitted", "planned", "requested"]):
            end_job(
                platform,
                job,
                "refused",
                code=f"dataset-{standing}",
                message=f"The owner has {standing} dataset {dataset_id}.",
                next_action="Nothing was spent. Look for another dataset, or ask the owner.",
                now=now,
            )
    refresh_forms(platform, now=now)
