"""What the people and organisations of a page are called."""

from __future__ import annotations

from collections.abc import Iterable

from market.entities.dataset import AccessRequest
from market.entities.job import Job
from market.entities.people import Names
from market.services.platform import Platform


def names_of(
    platform: Platform,
    *,
    users: Iterable[str] = (),
    organisations: Iterable[str] = (),
    told: Iterable[Job | AccessRequest] = (),
) -> Names:
    """Names of all who are told of, in one look; who is not known is called by their id.

    Args:
        told: whose buyers or askers, and their organisations, are named too.
    """
    every = list(told)
    return platform.people.names(
        {*users, *(one.buyer if isinstance(one, Job) else one.user for one in every)},
        {*organisations, *(one.organisation for one in every)},
    )
