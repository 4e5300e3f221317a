"""The owner's signed word on a dataset arrives: keep it, show it, end what it leaves unanswered.

The agent obeys the same document on its own. A job whose request was approved is the agent's to
answer: what it has not released of a dataset no longer answered, it refuses.
"""

from __future__ import annotations

from market.entities.job_states import UNAPPROVED
from market.entities.people import User
from market.errors import Conflict, Refused
from market.policy.listing.serving import Serving
from market.records.standing import Standing
from market.services.access.refresh_forms import refresh_forms
from market.services.asked_editions import outdated_edition
from market.services.authorize import own_dataset
from market.services.jobs.end_job import end_with
from market.services.platform import Platform
from market.services.publish.owners_word import owners_word


def change_standing(
    platform: Platform, user: User, dataset_id: str, standing_text: str, *, now: int
) -> Standing:
    """Keep a signed standing; the same one again ends what a crash left waiting.

    Raises:
        NotPermitted: the user does not own the dataset.
        Refused: `standing-invalid` when it is not the owner's word on this dataset.
        Conflict: a later word is kept, or the dataset was withdrawn for good.
    """
    dataset = own_dataset(platform, user, dataset_id)
    signed = owners_word(Standing, dataset, standing_text, _invalid)
    platform.catalogue.set_standing(signed, now=now)
    end_unanswered(platform, dataset_id, now=now)
    refresh_forms(platform, now=now)
    return signed.record


def serving_of(platform: Platform, dataset_id: str) -> Serving:
    """What the portal knows of which versions are answered (raises NotFound)."""
    newest = platform.catalogue.dataset(dataset_id)
    signed = newest.signed_standing
    return Serving(newest.listing.record.version, signed.record if signed else None)


def end_unanswered(platform: Platform, dataset_id: str, *, now: int) -> None:
    """End the jobs that wait for a plan, a request or an approval on what is not answered now, or
    not as it was listed then."""
    serving = serving_of(platform, dataset_id)
    for job in platform.jobs.of_datasets([dataset_id], UNAPPROVED):
        asked = next(asked for asked in job.datasets if asked.dataset == dataset_id)
        denied = serving.refusal(dataset_id, asked.version) or outdated_edition(platform, asked)
        if denied:
            try:
                end_with(platform, job, denied.error(), now=now)
            except Conflict:
                # It moved on between reading and ending it: then the agent answers it.
                continue


def _invalid(reason: str) -> Refused:
    return Refused(
        "standing-invalid",
        f"The standing was not accepted: {reason}.",
        "Say it again with the owner's installed client.",
    )
