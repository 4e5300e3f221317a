"""The jobs somebody has to do with: asked by their organisation, or on data they own."""

from __future__ import annotations

from typing import get_args

from market.entities.job import Job, State
from market.entities.people import User
from market.services.platform import Platform


def jobs_asked(platform: Platform, user: User) -> list[Job]:
    """Jobs of the user's organisation."""
    return platform.jobs.of_organisation(user.organisation)


def jobs_on_own_data(platform: Platform, user: User) -> list[Job] | None:
    """Jobs on the user's datasets; None for who has published none."""
    owned = _owned(platform, user)
    return platform.jobs.of_datasets(owned, get_args(State)) if owned else None


def jobs_for_agent(platform: Platform, user: User) -> list[Job]:
    """Jobs on the user's datasets that wait for their agent: to approve, or to release."""
    return platform.jobs.of_datasets(_owned(platform, user), ["requested", "evaluated"])


def _owned(platform: Platform, user: User) -> list[str]:
    return [found.dataset for found in platform.catalogue.of_owner(user.user)]
